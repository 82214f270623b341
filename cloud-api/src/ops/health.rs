//! Is it alive, can it work, and which stores stopped receiving.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use shared::Code;
use shared::id::StoreId;

use crate::app::App;
use crate::clock::to_ms;
use crate::problem::ApiError;

/// How long a dependency may take to say that it is there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Most stores of one answer.
const MAX_STORES: i64 = 1_000;

/// The process runs.
pub async fn live() -> Json<Value> {
    Json(json!({"status": "live", "version": env!("CARGO_PKG_VERSION")}))
}

/// Orders can be taken: Postgres answers and nobody asked to stop. A missing Redis makes it slower, not unready.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let database =
        tokio::time::timeout(PROBE_TIMEOUT, sqlx::query_scalar!("select 1 as \"one!\"").fetch_one(&app.db));
    let database = matches!(database.await, Ok(Ok(_)));
    let mut redis = app.redis.clone();
    let redis: Result<Result<String, _>, _> =
        tokio::time::timeout(PROBE_TIMEOUT, redis::cmd("PING").query_async(&mut redis)).await;
    let redis = matches!(redis, Ok(Ok(_)));
    let stopping = app.shutdown.is_cancelled();
    let ready = database && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": ready, "postgres": database, "redis": redis, "stopping": stopping})))
}

/// Each store: the end of its log, what its counter has on disk, and since when; `rewound` names an event that Postgres held and lost,
/// until the epoch is bumped. Needs the operator's token.
pub async fn stores(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    require_admin(&app, &headers)?;
    let rows = sqlx::query!(
        "select s.store_id, s.name, s.branch, c.epoch, c.last_seq,
                d.ack_seq as \"ack_seq?\", d.ack_at as \"ack_at?\", d.last_seen_at as \"last_seen_at?\",
                (select count(*) from orders o where o.store_id = s.store_id and o.phase = 'placed') as \"unaccepted!\"
         from store s join store_cursor c on c.store_id = s.store_id
         left join store_session t on t.store_id = s.store_id and t.kind = 'counter' and t.ended_at is null
         left join device d on d.store_id = s.store_id and d.device_id = t.device_id
         order by s.name, s.branch limit $1",
        MAX_STORES
    )
    .fetch_all(&app.db)
    .await?;
    let stores: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let lost = app.rewound.of(StoreId(row.store_id), row.epoch);
            let rewound = lost.map(|lost| json!({"lost": lost.position, "seen_at": lost.at}));
            json!({"store_id": row.store_id, "name": format!("{} {}", row.name, row.branch), "epoch": row.epoch,
                   "last_seq": row.last_seq, "journaled_seq": row.ack_seq, "journaled_at": row.ack_at.map(to_ms),
                   "last_seen_at": row.last_seen_at.map(to_ms), "unaccepted_orders": row.unaccepted, "rewound": rewound})
        })
        .collect();
    Ok(Json(json!({"stores": stores, "server_time": app.clock.now_ms()})))
}

/// Refuses anyone without the operator's token.
pub fn require_admin(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    match token {
        Some(token) if app.config.admin_token.matches(token) => Ok(()),
        Some(_) | None => Err(ApiError::unauthorized(Code::SignedOut)),
    }
}
