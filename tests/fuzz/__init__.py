"""What machines think of: requests made from OpenAPI, and a walk over the socket."""
