//! The values of a lead, each parsed once into a type that cannot hold a wrong one.
