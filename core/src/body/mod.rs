//! Bodies: members read strictly, one by one, with every error collected on the way.

mod members;
mod reader;

pub use members::{Members, merged};
pub use reader::Reader;
