//! Minutes and log of a meeting in every format.
