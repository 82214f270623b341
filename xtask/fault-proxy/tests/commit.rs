//! The cut at COMMIT with a real Postgres and the driver that the server uses.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::time::{Duration, Instant};

use fault_proxy::{Address, CommitCut, Proxy, Weather};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};

/// A schema of its own in the development database.
struct Scene {
    proxy: Proxy,
    direct: PgConnection,
    through: PgPool,
    schema: String,
}

impl Scene {
    async fn new() -> Self {
        let options: PgConnectOptions = database_url().parse().unwrap();
        let target = match options.get_socket() {
            Some(folder) => Address::Unix(folder.join(format!(".s.PGSQL.{}", options.get_port()))),
            None => Address::Tcp(format!("{}:{}", options.get_host(), options.get_port()).parse().unwrap()),
        };
        let proxy = Proxy::start(target).unwrap();
        let mut direct = options.connect().await.unwrap();
        let schema = format!("fault_proxy_{}", uuid::Uuid::new_v4().simple());
        let table = format!("create schema {schema}; create table {schema}.t (n int)");
        direct.execute(sqlx::AssertSqlSafe(table)).await.unwrap();
        let user = options.get_username().to_owned();
        let database = options.get_database().unwrap_or("postgres").to_owned();
        let wire = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(proxy.address().port())
            .username(&user)
            .database(&database)
            .ssl_mode(PgSslMode::Disable);
        let through = PgPoolOptions::new().max_connections(1).connect_lazy_with(wire);
        Self { proxy, direct, through, schema }
    }

    /// One transaction through the proxy.
    async fn insert(&self, n: i32) -> Result<(), sqlx::Error> {
        let mut tx = self.through.begin().await?;
        let insert = format!("insert into {}.t values ($1)", self.schema);
        sqlx::query(sqlx::AssertSqlSafe(insert)).bind(n).execute(&mut *tx).await?;
        tx.commit().await
    }

    /// What is in the table; a transaction whose connection broke may end a moment later.
    async fn rows(&mut self) -> Vec<i32> {
        let select = format!("select n from {}.t order by n", self.schema);
        sqlx::query_scalar(sqlx::AssertSqlSafe(select)).fetch_all(&mut self.direct).await.unwrap()
    }

    async fn end(mut self) {
        let drop = format!("drop schema {} cascade", self.schema);
        self.direct.execute(sqlx::AssertSqlSafe(drop)).await.unwrap();
        self.direct.close().await.unwrap();
    }
}

fn database_url() -> String {
    let file =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env")).unwrap_or_default();
    let line = file.lines().find_map(|line| line.strip_prefix("DATABASE_URL="));
    std::env::var("DATABASE_URL").ok().or(line.map(str::to_owned)).expect("set DATABASE_URL")
}

#[tokio::test]
async fn before_rolls_back_and_after_commits_and_the_client_hears_of_neither() {
    let mut scene = Scene::new().await;
    scene.insert(1).await.unwrap();
    let rounds =
        [(CommitCut::Before, 2), (CommitCut::After, 3), (CommitCut::Before, 4), (CommitCut::After, 5)];
    for (cut, n) in rounds {
        scene.proxy.set(Weather { cut_at_commit: Some(cut), ..Weather::default() });
        let cuts = scene.proxy.commits_cut();
        let started = Instant::now();
        assert!(scene.insert(n).await.is_err(), "{cut:?}: the client is told nothing");
        assert!(started.elapsed() < Duration::from_secs(3), "and is not left waiting");
        assert_eq!(scene.proxy.commits_cut(), cuts + 1);
        scene.proxy.mend();
    }
    scene.insert(6).await.expect("new connections work");
    assert_eq!(scene.rows().await, [1, 3, 5, 6]);
    scene.end().await;
}

#[tokio::test]
async fn only_the_transaction_that_is_meant_is_cut() {
    let mut scene = Scene::new().await;
    let insert = format!("insert into {}.t", scene.schema);
    scene.proxy.set(Weather::cut_at_commit(CommitCut::Before, &insert));
    let mut other = scene.through.begin().await.unwrap();
    sqlx::query("select 1").execute(&mut *other).await.unwrap();
    other.commit().await.expect("another transaction commits");
    assert!(scene.insert(1).await.is_err());
    // The statement is prepared by now and known by its name.
    scene.proxy.mend();
    scene.insert(2).await.unwrap();
    scene.proxy.set(Weather::cut_at_commit(CommitCut::After, &insert));
    assert!(scene.insert(3).await.is_err());
    assert_eq!(scene.proxy.commits_cut(), 2);
    assert_eq!(scene.rows().await, [2, 3]);
    scene.end().await;
}

#[tokio::test]
async fn a_statement_outside_a_transaction_is_left_alone() {
    let scene = Scene::new().await;
    scene.proxy.set(Weather { cut_at_commit: Some(CommitCut::Before), ..Weather::default() });
    sqlx::query("select 1").execute(&scene.through).await.unwrap();
    assert_eq!(scene.proxy.commits_cut(), 0);
    scene.end().await;
}
