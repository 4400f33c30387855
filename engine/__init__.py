"""The audio process: devices, callbacks, rings, echo control."""
