//! Bodies: members read strictly, one by one, with every error collected on the way.

mod members;
mod reader;
mod sent;

pub use members::{Members, merged};
pub use reader::Reader;
pub use sent::Sent;
