//! The login service of the group, as a fake that can be hostile.
