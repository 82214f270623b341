//! The walk notices a server that breaks its promises: here the database breaks them behind the server's back.

use super::{Fault, walk_in};
use crate::world::World;

async fn walk_broken(name: &str, sql: &'static str) {
    let world = World::start().await;
    sqlx::raw_sql(sql).execute(&world.db).await.unwrap();
    walk_in(world, name, &[Fault::Exit]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "AlreadyAccepted")]
async fn an_answer_that_is_forgotten() {
    let sql = "create function forget() returns trigger language plpgsql as
                   $$ begin delete from command where key = new.key; return null; end $$;
               create trigger forget after insert on command for each row execute function forget()";
    walk_broken("cmd.after_commit", sql).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "the chain is whole")]
async fn an_event_that_changes_after_it_was_hashed() {
    let sql = "create function change() returns trigger language plpgsql as
                   $$ begin new.body := new.body || '\\x20'::bytea; return new; end $$;
               create trigger change before insert on store_event for each row execute function change()";
    walk_broken("relay.before_xadd", sql).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "the money does not agree")]
async fn money_that_is_not_written_down() {
    let sql = "create function lose() returns trigger language plpgsql as
                   $$ begin new.amount := new.amount - 1; return new; end $$;
               create trigger lose before update on refund for each row
                   when (new.state = 'done') execute function lose()";
    walk_broken("order.after_cursor", sql).await;
}
