"""A Flask app as many are; a test moves it to Quart by find and replace."""

from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.get("/args")
def args() -> str:
    """What needs no `await` in Quart either."""
    return request.args["name"]


@app.post("/json")
def json() -> str:
    """A body, which Quart reads asynchronously."""
    return str(request.get_json()["name"])


@app.post("/form")
def form() -> str:
    """A form, which Quart reads asynchronously."""
    return request.form["name"]


@app.get("/template")
def template() -> str:
    """A template, which Quart renders asynchronously."""
    return render_template_string("Hello {{ name }}", name="Ann")
