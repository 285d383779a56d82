"""The contract suite: black box, over real sockets, the same for every cell."""
