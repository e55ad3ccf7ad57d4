//! People, keys, pools, territories, and the audit trail.

use serde_json::{Value, json};

use super::table::{Case, case, company, none, nothing};
use super::world::{Who, Whose, World};

pub(super) const TABLE: &[Case] = &[
    case("get_users", "sdr", nothing, none),
    case("post_users", "admin", nothing, user_body),
    case("get_users_user_id", "sdr", user, none).seen_by(company),
    case("put_users_user_id", "admin", user, user_body).seen_by(company),
    case("patch_users_user_id", "admin", user, |_| json!({ "name": "Tara Sen" })).seen_by(company),
    case("get_pools", "sdr", nothing, none),
    case("post_pools", "admin", nothing, pool_body),
    case("get_pools_pool_id", "sdr", pool, none).seen_by(company),
    case("put_pools_pool_id", "admin", pool, pool_body).seen_by(company),
    case("patch_pools_pool_id", "admin", pool, pool_body).seen_by(company),
    case("delete_pools_pool_id", "admin", pool, none).seen_by(company),
    case("get_territories", "sdr", nothing, none),
    case("post_territories", "admin", nothing, territory_body),
    case("get_territories_territory_id", "sdr", territory, none).seen_by(company),
    case("put_territories_territory_id", "admin", territory, territory_body).seen_by(company),
    case("patch_territories_territory_id", "admin", territory, |_| json!({ "position": 7 })).seen_by(company),
    case("delete_territories_territory_id", "admin", territory, none).seen_by(company),
    case("get_keys", "sdr", nothing, none),
    case("post_keys", "sdr", nothing, |_| key_body()),
    case("get_keys_key_id", "sdr", key, none).seen_by(own_or_admin),
    case("delete_keys_key_id", "sdr", key, none).seen_by(own_or_admin),
    case("get_audit", "admin", nothing, none),
];

/// Keys are their person's, and the admins'.
fn own_or_admin(who: Who, whose: Whose) -> bool {
    company(who, whose) && (who == Who::Admin || whose == Whose::Own)
}

fn user_body(world: &World) -> Value {
    let number = world.number();
    json!({ "name": format!("Person {number}"), "email": format!("person{number}@tidewater-pumps.com"), "role": "sdr" })
}

fn user(world: &World, owner: Who) -> String {
    world.make(owner.boss(), "/users", &user_body(world))
}

fn pool_body(world: &World) -> Value {
    json!({ "name": format!("Pool {}", world.number()), "members": [] })
}

fn pool(world: &World, owner: Who) -> String {
    world.make(owner.boss(), "/pools", &pool_body(world))
}

fn territory_body(world: &World) -> Value {
    json!({ "name": format!("Territory {}", world.number()), "pool_id": pool(world, Who::Admin), "countries": ["DE"] })
}

fn territory(world: &World, owner: Who) -> String {
    let pool = pool(world, owner);
    let body = json!({ "name": format!("Territory {}", world.number()), "pool_id": pool, "countries": ["DE"] });
    world.make(owner.boss(), "/territories", &body)
}

fn key_body() -> Value {
    json!({ "name": "A key", "scopes": ["leads:read"] })
}

fn key(world: &World, owner: Who) -> String {
    world.make(owner, "/keys", &key_body())
}
