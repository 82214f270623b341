//! Everything that runs in a storm, as real processes, every way between them through a fault proxy.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::api::{Api, Surroundings, environment};
use e2e::keys::Keys;
use e2e::port::free_port;
use e2e::sandbox::Sandbox;
use e2e::wait::wait_until;
use e2e::{http, programs};
use servers::place::{make_folder, reachable};
use servers::{Place, Postgres, Redis, account, copy_folder};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::diary::Diary;
use crate::fault::{Line, Victim};
use crate::front::Front;
use crate::lines::{Ends, Lines};
use crate::schedule::Town;
use crate::store::{Manner, Store};
use crate::supervisor::{Program, Supervisor};
use crate::tally::Tally;

/// Data, and at most a gigabyte of write-ahead log.
const CLUSTER_ROOM: u64 = 3 << 30;
const MOST_CONNECTIONS: u32 = 6;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long one program's own looking into the database may take.
const OPTIONS: [(&str, &str); 1] = [("statement_timeout", "30s")];

/// The fields stop in this order.
pub struct World {
    pub supervisor: Arc<Supervisor>,
    pub sandbox: Sandbox,
    pub lines: Lines,
    pub stores: Vec<Store>,
    /// Ours alone, past every proxy.
    pub db: PgPool,
    pub town: Town,
    pub diary: Diary,
    pub tally: Tally,
    pub folder: PathBuf,
    pub database_url: String,
    pub redis_url: String,
    place: Place,
    _front: Front,
}

impl World {
    /// The last store rejects everybody when `rejecting`; all others work by themselves.
    pub async fn start(folder: &Path, town: Town, rejecting: bool, diary: Diary) -> Result<Self> {
        make_folder(folder, 0o755)?;
        let folder = folder.canonicalize()?;
        let account = account::for_servers()?;
        let place = match memory() {
            // As if nobody could enter the folder: what belongs to PostgreSQL goes elsewhere.
            Some(memory) => Place::choose(&folder, false, memory),
            None => Place::choose(&folder, reachable(&folder, account)?, &std::env::temp_dir()),
        };
        place.remove()?;
        place.create(account)?;
        let (postgres, redis) = (place.postgres_files(), place.redis_files());
        let database_url = format!("postgres:///app?host={}&user=app", place.sockets.display());
        let redis_url = format!("redis+unix://{}", redis.socket.display());
        let sockets = (postgres.sockets.join(".s.PGSQL.5432"), redis.socket.clone());
        let start = move || Ok((Postgres::start(postgres, account, true)?, Redis::start(redis, true)?));
        let (supervisor, programs) = Supervisor::start(&folder, diary.clone(), start).await?;

        let ports: Vec<u16> = (0..town.apis).map(|_| free_port()).collect::<Result<_>>()?;
        let apis: Vec<SocketAddr> = ports.iter().map(|port| (Ipv4Addr::LOCALHOST, *port).into()).collect();
        let front = Front::start(apis).await?;
        let ends = Ends { front: front.address, postgres: &sockets.0, redis: &sockets.1 };
        let lines = Lines::open(town, &ends)?;
        let public = lines.url(Line::Customers)?;
        let keys = Keys::fresh();
        let sandbox = Sandbox::start(&public, &keys, &folder.join("kakao-sandbox.log")).await?;
        let kakao =
            sandbox.url.trim_start_matches("http://").parse().context("the sandbox's address is none")?;
        let lines = lines.with_kakaopay(town, kakao)?;

        let around = Surroundings {
            port: ports[0],
            database: &database_url,
            redis: &redis_url,
            sandbox: &sandbox.url,
        };
        let direct = Api::new(&around, &keys, &folder.join("cloud-api.log"));
        direct.migrate().await?;
        let cloud =
            Cloud { folder: &folder, lines: &lines, public: &public, sandbox: &sandbox.url, keys: &keys };
        for (number, port) in ports.iter().enumerate() {
            send(&programs, cloud.program(Some(number), number, *port)?)?;
        }
        send(&programs, cloud.program(None, town.apis, free_port()?)?)?;
        ready(&ports).await?;

        let mut stores = Vec::new();
        for number in 0..town.stores {
            let manner = if rejecting && number + 1 == town.stores { Manner::Rejects } else { Manner::Works };
            let server = lines.url(Line::Counter(number))?;
            let store = Store::open(number, manner, &direct, &server, &folder).await?;
            send(&programs, store.program())?;
            stores.push(store);
        }
        let db = connect(&database_url)?;
        let supervisor = Arc::new(supervisor);
        let tally = Tally::default();
        let world = Self {
            supervisor,
            sandbox,
            lines,
            stores,
            db,
            town,
            diary,
            tally,
            folder,
            database_url,
            redis_url,
            place,
            _front: front,
        };
        Ok(world)
    }

    /// Files that must hold nothing personal.
    pub fn logs(&self) -> Vec<PathBuf> {
        let programs = (0..self.town.apis).map(|number| Victim::Api(number).to_string());
        let names =
            programs.chain([Victim::Worker.to_string()]).map(|name| self.folder.join(format!("{name}.log")));
        names.chain(self.stores.iter().map(|store| store.log.clone())).collect()
    }

    /// Ends everything and brings PostgreSQL's data from memory into the folder.
    pub fn keep(self) -> Result<()> {
        let Self { supervisor, sandbox, place, folder, .. } = self;
        drop((supervisor, sandbox));
        let own = folder.join("postgres");
        if place.postgres != own {
            copy_folder(&place.postgres, &own)?;
            std::fs::remove_dir_all(&place.postgres)?;
            std::fs::remove_dir_all(&place.sockets)?;
        }
        Ok(())
    }

    /// Nobody needs the data any more.
    pub fn clear(self) -> Result<()> {
        let Self { supervisor, sandbox, place, .. } = self;
        drop((supervisor, sandbox));
        place.remove()
    }
}

/// A file system in memory with room for a cluster. A killed server loses nothing there either, only a machine would; and before a server
/// recovers it flushes every file, which on a busy disk takes longer than it then lives.
fn memory() -> Option<&'static Path> {
    const MEMORY: &str = "/dev/shm";
    let mut asked = Command::new("df");
    asked.args(["--output=avail", "-B1", MEMORY]);
    let answer = servers::process::run_quietly(&mut asked).ok()?;
    let free: u64 = answer.lines().nth(1)?.trim().parse().ok()?;
    (free >= CLUSTER_ROOM).then(|| Path::new(MEMORY))
}

struct Cloud<'a> {
    folder: &'a Path,
    lines: &'a Lines,
    public: &'a str,
    sandbox: &'a str,
    keys: &'a Keys,
}

impl Cloud<'_> {
    /// An API without workers, or the worker; `number` names its lines.
    fn program(&self, api: Option<usize>, number: usize, port: u16) -> Result<Program> {
        let database = self.lines.address(Line::Postgres(number))?;
        let database = format!("postgres://app@{database}/app?sslmode=disable");
        let redis = format!("redis://{}", self.lines.address(Line::Redis(number))?);
        let around = Surroundings { port, database: &database, redis: &redis, sandbox: self.sandbox };
        let mut variables = environment(&around, self.keys);
        variables.push(("PUBLIC_URL", self.public.to_owned()));
        // Each of them is opened again after every kill, which is most of what Postgres then does.
        variables.push(("DATABASE_CONNECTIONS", "8".to_owned()));
        variables.push(("KAKAOPAY_URL", self.lines.url(Line::KakaoPay(number))?));
        let victim = api.map_or(Victim::Worker, Victim::Api);
        let command = move || {
            let mut command = Command::new(programs::program("cloud-api")?);
            command.current_dir(programs::repository()).env_remove("REDIS_CACHE_URL");
            command.envs(variables.iter().map(|(name, value)| (name, value)));
            match victim {
                Victim::Api(_) => command.args(["serve", "--no-workers"]),
                Victim::Worker | Victim::Counter(_) | Victim::Redis | Victim::Postgres => {
                    command.arg("worker")
                }
            };
            Ok(command)
        };
        let log = self.folder.join(format!("{victim}.log"));
        Ok(Program { victim, name: "cloud-api", command: Box::new(command), log })
    }
}

fn send(programs: &Sender<Program>, program: Program) -> Result<()> {
    programs.send(program).ok().context("the supervisor has stopped")
}

async fn ready(ports: &[u16]) -> Result<()> {
    for port in ports {
        let url = format!("http://127.0.0.1:{port}/health/ready");
        wait_until("every API is ready", async || {
            http::success(http::client().get(&url)).await.map(|_| true)
        })
        .await?;
    }
    Ok(())
}

fn connect(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)?.options(OPTIONS);
    let pool = PgPoolOptions::new().max_connections(MOST_CONNECTIONS).acquire_timeout(CONNECT_LIMIT);
    Ok(pool.connect_lazy_with(options))
}
