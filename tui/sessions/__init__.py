"""Conversations with services: what may go in, what may come out, and the protocol machines."""
