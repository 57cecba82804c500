"""What a feed holds: its entries as plain text (parsing), within bounds (bounds), in a process apart (apart, child).

A room of its own that needs little, so that the process starts quickly.
"""
