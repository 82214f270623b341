//! What a killed server keeps, and what an older copy brings back.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use servers::{Account, Place, Postgres, Redis, account};

/// Below the temporary folder, where PostgreSQL's account can enter.
fn place(folder: &Path) -> (Place, Option<Account>) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let account = account::for_servers().unwrap();
    let place = Place::choose(folder, true, folder);
    place.create(account).unwrap();
    (place, account)
}

fn sql(postgres: &Postgres, statement: &str) -> String {
    let run = postgres.psql("app", |psql| {
        psql.args(["-c", statement]);
        Ok(())
    });
    run.unwrap().trim().to_owned()
}

#[test]
fn postgres_keeps_what_was_committed_and_an_older_copy_forgets() {
    let folder = tempfile::tempdir().unwrap();
    let (place, account) = place(folder.path());
    let mut postgres = Postgres::start(place.postgres_files(), account, true).unwrap();
    sql(&postgres, "create table orders as select 1 as number");
    let (running, stopped) = (folder.path().join("running"), folder.path().join("stopped"));
    postgres.copy(&running).unwrap();
    sql(&postgres, "insert into orders values (2)");
    postgres.kill();
    postgres.restart().unwrap();
    assert_eq!(sql(&postgres, "select count(*) from orders"), "2");
    postgres.stop();
    postgres.copy(&stopped).unwrap();
    postgres.restart().unwrap();
    sql(&postgres, "insert into orders values (3)");
    postgres.restore(&stopped).unwrap();
    assert_eq!(sql(&postgres, "select count(*) from orders"), "2");
    postgres.restore(&running).unwrap();
    assert_eq!(sql(&postgres, "select count(*) from orders"), "1");
}

fn ask(redis: &Redis, command: &str) -> String {
    let mut stream = UnixStream::connect(redis.socket()).unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).trim().to_owned()
}

#[test]
fn redis_is_emptied_killed_and_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let (place, _) = place(folder.path());
    let mut redis = Redis::start(place.redis_files(), true).unwrap();
    ask(&redis, "SET seat 1");
    redis.stop();
    let old = folder.path().join("old");
    redis.copy(&old).unwrap();
    redis.restart().unwrap();
    ask(&redis, "SET seat 2");
    redis.kill();
    redis.restart().unwrap();
    assert_eq!(ask(&redis, "GET seat"), "$1\r\n2", "it was killed, not the machine");
    redis.restore(&old).unwrap();
    assert_eq!(ask(&redis, "GET seat"), "$1\r\n1");
    redis.empty().unwrap();
    assert_eq!(ask(&redis, "GET seat"), "$-1");
}
