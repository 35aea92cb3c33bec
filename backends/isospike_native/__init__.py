"""The native backend: whole time loops as generated C++, compiled for this machine."""
