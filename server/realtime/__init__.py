"""The Realtime protocol: a machine without sockets, and the shell that gives it one."""
