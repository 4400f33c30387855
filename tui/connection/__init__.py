"""Staying connected: one session after the other, as if it were one."""
