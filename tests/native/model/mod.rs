//! A model of the whole flow beside the real store: the same random story is told to both, and after every step they must
//! say the same. proptest shrinks a difference to a short story and prints its seed;
//! `PROPTEST_CASES=1000 cargo test -p leadgate-tests native::model` tells more stories.

mod drawn;
mod invariants;
mod lists;
mod once;
mod picture;
mod real;
mod records;
mod rules;
mod step;
mod stored;
mod stored_records;
mod stories;
mod world;

use proptest::prelude::{ProptestConfig, proptest};
use proptest::test_runner::{FileFailurePersistence, TestCaseError};

use real::Play;

/// Stories in an ordinary run; `PROPTEST_CASES` tells more.
const STORIES: u32 = 48;

fn config() -> ProptestConfig {
    // Tests run in the folder of their package.
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct("native/model/regressions.txt")) as _);
    let config = ProptestConfig { max_shrink_iters: 4_000, failure_persistence, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: STORIES, ..config } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_store_tells_what_the_model_tells(story in stories::story()) {
        let mut play = Play::new();
        for (at, step) in story.iter().enumerate() {
            play.tell(step).map_err(|difference| TestCaseError::fail(format!("at step {at}, {step:?}:\n{difference}")))?;
        }
        play.end().map_err(|difference| TestCaseError::fail(format!("at the end:\n{difference}")))?;
    }
}
