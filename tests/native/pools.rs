//! Pools and territories: one pool is always the company's, and the document that submissions read follows every change.

use lead_core::body::Sent;
use lead_core::command::pool::{CreatePool, DeletePool, EditPool};
use lead_core::command::territory::{CreateTerritory, DeleteTerritory, EditTerritory};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::pool::{Pool, PoolValues};
use lead_core::problem::Refusal;
use lead_core::territory::{Territory, TerritoryValues};
use lead_store::changes::statements;
use lead_store::run::{Command, run};
use lead_store::statement::Database;
use lead_store::{keys, pools, sign_in, territories, users};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::people::{add, members, patch, refused};
use super::plans::assert_narrow;
use super::stage::{START, Stage, visitor};

fn pool(stage: &Stage, body: &Value) -> Result<Pool, Refusal> {
    let values = PoolValues::parse(members(body)).map_err(Refusal::Invalid)?;
    let mut context = stage.context(START);
    let command = CreatePool { id: context.ids.next_id(), values };
    refused(block_on(run(&stage.database, &command, &mut context)).map(|ran| ran.done))
}

fn edit_pool(stage: &Stage, id: &Id, body: &Value) -> Result<Pool, Refusal> {
    let command = EditPool { id: id.clone(), sent: Sent::Patch(members(body)), precondition: Precondition::Any };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

fn delete_pool(stage: &Stage, id: &Id) -> Result<(), Refusal> {
    let command = DeletePool { id: id.clone(), precondition: Precondition::Any };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

fn territory(stage: &Stage, body: &Value) -> Result<Territory, Refusal> {
    let values = TerritoryValues::parse(members(body)).map_err(Refusal::Invalid)?;
    let mut context = stage.context(START);
    let command = CreateTerritory { id: context.ids.next_id(), values };
    refused(block_on(run(&stage.database, &command, &mut context)).map(|ran| ran.done))
}

fn edit_territory(stage: &Stage, id: &Id, body: &Value) -> Result<Territory, Refusal> {
    let command = EditTerritory { id: id.clone(), sent: Sent::Patch(members(body)), precondition: Precondition::Any };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

fn delete_territory(stage: &Stage, id: &Id) -> Result<(), Refusal> {
    let command = DeleteTerritory { id: id.clone(), precondition: Precondition::Any };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

fn document(stage: &Stage) -> Value {
    let row = &stage.database.rows("SELECT document FROM routings")[0];
    serde_json::from_str(row["document"].as_str().unwrap()).unwrap()
}

fn default_pool(stage: &Stage) -> Id {
    let rows = stage.database.rows("SELECT id FROM pools WHERE is_default = 1 AND deleted_at IS NULL");
    assert_eq!(rows.len(), 1, "{rows:?}");
    Id::parse(rows[0]["id"].as_str().unwrap()).unwrap()
}

/// The document as plain Rust makes it of the rows.
fn expected(stage: &Stage) -> Value {
    let parsed = |text: &Value| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap();
    let people = stage.database.rows("SELECT * FROM users");
    let member = |id: &Value| {
        let user = people.iter().find(|user| user["id"] == *id).unwrap();
        json!({ "user_id": id, "active": user["is_active"] == 1, "absent_until": user["absent_until"], "capacity": user["capacity"] })
    };
    let pools =
        stage.database.rows("SELECT * FROM pools WHERE deleted_at IS NULL ORDER BY id").into_iter().map(|pool| {
            let members: Vec<Value> = parsed(&pool["members"]).as_array().unwrap().iter().map(member).collect();
            json!({ "id": pool["id"], "members": members })
        });
    let territories = "SELECT * FROM territories WHERE deleted_at IS NULL ORDER BY position, id";
    let territories = stage.database.rows(territories).into_iter().map(|row| {
        let [countries, states, industries] = ["countries", "states", "industries"].map(|name| parsed(&row[name]));
        json!({ "id": row["id"], "pool_id": row["pool_id"], "countries": countries, "states": states, "industries": industries })
    });
    let (pools, territories): (Vec<_>, Vec<_>) = (pools.collect(), territories.collect());
    json!({ "company_pool": default_pool(stage), "pools": pools, "territories": territories })
}

#[test]
fn the_default_pool_gives_way_and_never_goes() {
    let stage = Stage::new(2);
    let first = default_pool(&stage);
    assert_eq!(delete_pool(&stage, &first), Err(Refusal::DefaultPool));
    assert_eq!(edit_pool(&stage, &first, &json!({ "is_default": false })), Err(Refusal::DefaultPool));
    let second = pool(&stage, &json!({ "name": "North", "is_default": true, "members": [stage.sdrs[1]] })).unwrap();
    assert_eq!(default_pool(&stage), second.id);
    stage.visit(&visitor(1), "one", START);
    assert_eq!(stage.lead()["lead_owner_id"], stage.sdrs[1].as_str());
    edit_pool(&stage, &first, &json!({ "is_default": true })).unwrap();
    assert_eq!(default_pool(&stage), first);
    let gave_way = "audit_logs WHERE entity_type = 'pool' AND field_name = 'is_default' AND new_value = '0'";
    assert_eq!(stage.count(gave_way), 2);
    delete_pool(&stage, &second.id).unwrap();
    assert_eq!(delete_pool(&stage, &second.id), Err(Refusal::NotFound));
    assert_eq!(edit_pool(&stage, &second.id, &json!({ "name": "N" })), Err(Refusal::NotFound));
}

#[test]
fn members_take_turns_in_the_order_of_the_list() {
    let stage = Stage::new(3);
    let order = [2, 0, 1].map(|n| stage.sdrs[n].clone());
    edit_pool(&stage, &default_pool(&stage), &json!({ "members": order })).unwrap();
    for n in 0..3 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
    }
    let owners: Vec<_> = stage.leads().iter().map(|lead| lead["lead_owner_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(owners, order.map(|id| id.to_string()));
    let wrong = json!({ "members": [stage.sdrs[0], "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "x"] });
    let Err(Refusal::Invalid(errors)) = edit_pool(&stage, &default_pool(&stage), &wrong) else { panic!("taken") };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/members/2", "not_id"));
    let twice = json!({ "members": [stage.sdrs[0], stage.sdrs[0]] });
    let Err(Refusal::Invalid(errors)) = edit_pool(&stage, &default_pool(&stage), &twice) else { panic!("taken") };
    assert_eq!(errors[0].code, "duplicate_member");
    let stranger = json!({ "members": ["0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"] });
    let Err(Refusal::Invalid(errors)) = edit_pool(&stage, &default_pool(&stage), &stranger) else { panic!("taken") };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/members/0", "unknown_reference"));
}

#[test]
fn territories_are_asked_by_position_and_need_their_pool() {
    let stage = Stage::new(3);
    let [one, two] = [0, 1].map(|n| pool(&stage, &json!({ "name": "P", "members": [stage.sdrs[n]] })).unwrap().id);
    let wide =
        territory(&stage, &json!({ "name": "All", "pool_id": one, "countries": ["India"], "position": 5 })).unwrap();
    stage.visit(&visitor(1), "one", START);
    assert_eq!(stage.lead()["lead_owner_id"], stage.sdrs[0].as_str());
    let body = json!({ "name": "Goa", "pool_id": two, "countries": ["IN"], "states": ["goa"], "position": 1 });
    let goa = territory(&stage, &body).unwrap();
    let mut values = visitor(2);
    values["state"] = json!("GOA");
    stage.visit(&values, "two", START + 1);
    assert_eq!(stage.leads()[1]["lead_owner_id"], stage.sdrs[1].as_str());
    assert_eq!(delete_pool(&stage, &two), Err(Refusal::PoolInUse));
    edit_territory(&stage, &goa.id, &json!({ "pool_id": one })).unwrap();
    delete_pool(&stage, &two).unwrap();
    let Err(Refusal::Invalid(errors)) = edit_territory(&stage, &goa.id, &json!({ "pool_id": two })) else {
        panic!("taken")
    };
    assert_eq!(errors[0].code, "unknown_reference");
    assert!(matches!(edit_territory(&stage, &wide.id, &json!({ "countries": [] })), Err(Refusal::Invalid(_))));
    delete_territory(&stage, &wide.id).unwrap();
    assert_eq!(delete_territory(&stage, &wide.id), Err(Refusal::NotFound));
    assert_eq!(document(&stage), expected(&stage));
}

/// A change, its parts picked by numbers.
fn step(stage: &Stage, kind: u8, a: usize, b: usize) {
    let ids = |table: &str| -> Vec<Id> {
        let rows = stage.database.rows(&format!("SELECT id FROM {table} ORDER BY id"));
        rows.iter().map(|row| Id::parse(row["id"].as_str().unwrap()).unwrap()).collect()
    };
    let (users, pools, territories) = (ids("users"), ids("pools"), ids("territories"));
    let (user, pool_id) = (&users[a % users.len()], &pools[b % pools.len()]);
    let countries = ["DE", "IN", "FR"];
    // Refusals are as good as changes: whatever is answered, the rules must hold afterwards.
    match kind {
        0 => {
            let body = json!({ "name": "X", "email": format!("x{a}@y.com"), "role": "sdr", "capacity": b % 4 });
            drop(add(stage, &body));
        }
        1 => drop(patch(
            stage,
            user,
            &json!({ "capacity": if b.is_multiple_of(3) { json!(null) } else { json!(b % 5) } }),
        )),
        2 => drop(patch(stage, user, &json!({ "is_active": b.is_multiple_of(2), "role": (["admin", "sdr"][b % 2]) }))),
        3 => drop(pool(stage, &json!({ "name": "P", "is_default": b.is_multiple_of(3), "members": [user] }))),
        4 => drop(edit_pool(
            stage,
            pool_id,
            &json!({ "is_default": a.is_multiple_of(2), "members": users[..a % users.len()] }),
        )),
        5 => drop(delete_pool(stage, pool_id)),
        6 => {
            let body = json!({ "name": "T", "pool_id": pool_id, "countries": [(countries[a % 3])], "position": a % 4 });
            drop(territory(stage, &body));
        }
        7 if !territories.is_empty() => drop(delete_territory(stage, &territories[a % territories.len()])),
        8 => drop(patch(stage, user, &json!({ "manager_id": users[b % users.len()] }))),
        _ => drop(stage.visit(&visitor(a), &a.to_string(), START)),
    }
}

fn holds(stage: &Stage) {
    assert_eq!(document(stage), expected(stage));
    assert!(stage.count("users WHERE role = 'admin' AND is_active = 1") > 0);
    let circle = "WITH RECURSIVE up (start, id) AS (SELECT id, manager_id FROM users WHERE manager_id IS NOT NULL \
        UNION SELECT up.start, u.manager_id FROM up JOIN users u ON u.id = up.id WHERE u.manager_id IS NOT NULL) \
        SELECT start FROM up WHERE start = id";
    assert_eq!(stage.database.rows(circle).len(), 0);
    let mut loads = json!({});
    let counted = "SELECT id, (SELECT count(*) FROM leads WHERE lead_owner_id = users.id) AS n FROM users WHERE capacity IS NOT NULL";
    for row in stage.database.rows(counted) {
        loads[row["id"].as_str().unwrap()] = row["n"].clone();
    }
    assert_eq!(stage.loads(), loads);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_routing_follows_every_change(steps in prop::collection::vec((0_u8..12, 0_usize..30, 0_usize..30), 1..40)) {
        let stage = Stage::new(2);
        for (kind, a, b) in steps {
            step(&stage, kind, a, b);
            holds(&stage);
        }
    }
}

#[test]
fn changes_of_people_and_pools_walk_no_table() {
    let stage = Stage::new(2);
    let mut context = stage.context(START);
    context.begin_attempt();
    let first = default_pool(&stage);
    let sent = Sent::Patch(members(&json!({ "capacity": 3, "email": "a@b.com", "manager_id": stage.admin })));
    let user = lead_core::command::user::EditUser {
        id: stage.sdrs[0].clone(),
        sent,
        precondition: Precondition::Any,
        session_id: None,
    };
    let sent = Sent::Patch(members(&json!({ "name": "N", "members": [stage.sdrs[0]] })));
    let pool = EditPool { id: first.clone(), sent, precondition: Precondition::Any };
    let values =
        TerritoryValues::parse(members(&json!({ "name": "T", "pool_id": first, "countries": ["DE"] }))).unwrap();
    let territory = CreateTerritory { id: context.ids.next_id(), values };
    let mut all = Vec::new();
    macro_rules! plan {
        ($command:expr) => {{
            let reads = Command::reads(&$command, &context);
            let outcomes = block_on(stage.database.batch(reads.clone())).unwrap();
            let known = Command::known(&$command, &outcomes).unwrap();
            let plan = Command::decide(&$command, &known, &mut context).unwrap();
            all.extend(reads);
            all.extend(statements(&plan.changes, &context));
        }};
    }
    plan!(user);
    plan!(pool);
    plan!(territory);
    let query = lead_core::page_query::PageQuery::parse(&[]).unwrap();
    let of_users = lead_core::user::UserQuery::parse(&[]).unwrap();
    all.push(users::page(&stage.company_id, &of_users));
    all.push(pools::page(&stage.company_id, &query));
    all.push(territories::page(&stage.company_id, &query));
    all.push(keys::read(&stage.company_id, &first));
    let email = lead_core::field::EmailAddress::parse("a@b.com").unwrap();
    let token = lead_core::session::Token::generate(&[7; 64]).unwrap();
    all.extend(sign_in::offer(&email, std::slice::from_ref(&token), None, context.now));
    let actor = context.actor.clone();
    let ids = [(); 2].map(|()| context.ids.next_id());
    let [id, audit_id] = ids;
    let (link_hash, token_hash, now) = (token.hash(), token.hash(), context.now);
    all.extend(sign_in::begin(&sign_in::Beginning { link_hash, id, token_hash, audit_id, actor: &actor, now }));
    for session_id in [None, Some(&first)] {
        let (company_id, user_id, audit_id) = (&stage.company_id, &stage.manager, context.ids.next_id());
        all.extend(sign_in::end(&sign_in::Ending { company_id, user_id, session_id, audit_id, actor: &actor, now }));
    }
    for statement in &all {
        assert_narrow(&stage, statement.sql);
    }
    assert!(all.len() > 30, "{}", all.len());
}
