"""The AsyncAPI 3.0 document of the chat socket, from the models of its frames."""

from functools import cache
from typing import Any

from pydantic import BaseModel

from shared.chat.frames import (
    ClientFrame,
    ErrorFrame,
    Join,
    Message,
    Presence,
    RateLimitedFrame,
    Welcome,
)
from shared.openapi import DESCRIPTION, TITLE, VERSION

_TOKENS = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token, needed where TANDEM_TOKEN_SECRET is set.",
    },
    "subprotocol": {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": "The same from a browser, which cannot send the header above:"
        " `tandem.v1, bearer.` and the token.",
    },
}
"""The ways to show a token, one of which is enough."""

_SENT: dict[str, type[BaseModel]] = {
    "welcome": Welcome,
    "message": Message,
    "presence": Presence,
    "error": ErrorFrame,
    "rateLimited": RateLimitedFrame,
}


def _schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    if name == "message":
        kind = {"const": "message", "type": "string"}
        schema["properties"] = {"type": kind, **schema["properties"]}
    if name in _SENT:  # pydantic cannot know that no key is ever left out
        schema["required"] = list(schema["properties"])
    return schema


def _operation(action: str, names: list[str], summary: str) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/chat/messages/{name}"} for name in names]
    channel = {"$ref": "#/channels/chat"}
    return {
        "action": action,
        "channel": channel,
        "summary": summary,
        "security": [
            {"$ref": f"#/components/securitySchemes/{name}"} for name in _TOKENS
        ],
        "messages": messages,
    }


@cache
def document() -> dict[str, Any]:
    """The document; `send` and `receive` are seen from the application."""
    models: dict[str, type[BaseModel]] = {**_SENT, "post": ClientFrame}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": TITLE, "version": VERSION, "description": DESCRIPTION},
        "channels": {
            "chat": {
                "address": "/chat",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"} for name in models
                },
                "bindings": {"ws": {"query": Join.model_json_schema()}},
            }
        },
        "operations": {
            "tell": _operation("send", list(_SENT), "What a client is sent."),
            "post": _operation("receive", ["post"], "What a client sends."),
        },
        "components": {
            "securitySchemes": _TOKENS,
            "messages": {
                name: {
                    "contentType": "application/json",
                    "payload": _schema(name, model),
                }
                for name, model in models.items()
            },
        },
    }
