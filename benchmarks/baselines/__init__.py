"""What the apps are compared with."""
