"""The front end's end of the audio link."""
