"""What the engine and the front end agree on, and nothing more."""
