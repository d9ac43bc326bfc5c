//! The door against real sockets on loopback. Not compiled into the program.
