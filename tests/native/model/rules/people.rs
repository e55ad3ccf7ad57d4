//! People are away, take no more than so many leads, or leave (spec A2).

use super::super::step::Condition;
use super::super::world::World;
use super::Refused;

impl World {
    /// An admin changes what an SDR takes.
    pub(crate) fn condition(&mut self, sdr: usize, condition: Condition) -> Result<String, Refused> {
        let number = sdr + 2;
        let now = self.now;
        let person = &mut self.people[number];
        let before = person.clone();
        match condition {
            Condition::Capacity(capacity) => person.capacity = capacity,
            Condition::Absent(ms) => person.absent_until = ms.map(|ms| now + ms),
            Condition::Active(active) => person.active = active,
        }
        let after = person.clone();
        let fields = [
            ("capacity", before.capacity != after.capacity),
            ("absent_until", before.absent_until != after.absent_until),
            ("is_active", before.active != after.active),
        ];
        let of = after.name();
        for (field, _) in fields.into_iter().filter(|(_, differs)| *differs) {
            self.audit(&of, "update", field);
        }
        Ok("done".to_owned())
    }
}
