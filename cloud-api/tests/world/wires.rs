//! Proxies between the server and everything that it talks to.

use std::str::FromStr;

use fault_proxy::{Address, Proxy};
use sqlx::postgres::PgConnectOptions;

use super::{Database, Kakao, RedisServer};

/// One proxy for each; fair weather at first. The test's own connections go past them.
pub struct Wires {
    pub postgres: Proxy,
    pub redis: Proxy,
    pub kakaopay: Proxy,
    /// What the server is told instead of the real addresses.
    pub database_url: String,
    pub redis_url: String,
    pub kakaopay_url: String,
}

impl Wires {
    pub fn start(database: &Database, redis: &RedisServer, kakao: &Kakao) -> Self {
        let options = PgConnectOptions::from_str(&database.url).expect("the test's URL can be read");
        let (host, port) = (options.get_host(), options.get_port());
        let server = match options.get_socket() {
            Some(folder) => Address::Unix(folder.join(format!(".s.PGSQL.{port}"))),
            None => Address::Tcp(format!("{host}:{port}").parse().expect("Postgres has a numeric address")),
        };
        let start = |address| Proxy::start(address).expect("a proxy can listen");
        let postgres = start(server);
        let redis = start(Address::Unix(redis.socket()));
        let sandbox = kakao.url().trim_start_matches("http://").parse().expect("the sandbox has an address");
        let kakaopay = start(Address::Tcp(sandbox));
        let name = options.get_database().expect("a test's database has a name");
        let database_url =
            format!("postgres://{}@{}/{name}?sslmode=disable", options.get_username(), postgres.address());
        let (redis_url, kakaopay_url) = (format!("redis://{}", redis.address()), kakaopay.url());
        Self { postgres, redis, kakaopay, database_url, redis_url, kakaopay_url }
    }

    /// Fair weather everywhere.
    pub fn mend(&self) {
        for proxy in [&self.postgres, &self.redis, &self.kakaopay] {
            proxy.mend();
        }
    }
}
