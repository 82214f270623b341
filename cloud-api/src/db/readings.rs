//! Pieces of many store logs in one statement.

use shared::id::StoreId;
use uuid::Uuid;

use super::events::StoredEvent;
use super::feeds::hash;

/// At most `limit` events of one store's log after `after`.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub store_id: StoreId,
    pub after: i64,
    pub limit: i64,
}

/// One answer for each of `asked`, in their order, as [`super::events::range`] gives it. A damaged row is the failure of its store alone.
pub async fn pieces(
    db: impl sqlx::PgExecutor<'_>,
    asked: &[Piece],
) -> Result<Vec<Result<Vec<StoredEvent>, sqlx::Error>>, sqlx::Error> {
    let stores: Vec<Uuid> = asked.iter().map(|piece| piece.store_id.0).collect();
    let after: Vec<i64> = asked.iter().map(|piece| piece.after).collect();
    let limits: Vec<i64> = asked.iter().map(|piece| piece.limit).collect();
    let rows = sqlx::query!(
        "select q.n as \"n!\", e.seq, e.body, e.hash
         from unnest($1::uuid[], $2::bigint[], $3::bigint[]) with ordinality as q (store_id, after, most, n)
         cross join lateral (select seq, body, hash from store_event
                             where store_id = q.store_id and seq > q.after order by seq limit q.most) e",
        &stores,
        &after,
        &limits
    )
    .fetch_all(db)
    .await?;
    let mut answers: Vec<Result<Vec<StoredEvent>, sqlx::Error>> =
        asked.iter().map(|_| Ok(Vec::new())).collect();
    for row in rows {
        let Some(answer) = usize::try_from(row.n - 1).ok().and_then(|place| answers.get_mut(place)) else {
            continue;
        };
        let Ok(events) = answer else { continue };
        match hash(&row.hash) {
            Ok(hash) => events.push(StoredEvent { seq: row.seq, body: row.body, hash }),
            Err(error) => *answer = Err(error),
        }
    }
    // Postgres gives each store's events in order, and promises it only for each store by itself.
    for events in answers.iter_mut().flatten() {
        events.sort_unstable_by_key(|event| event.seq);
    }
    Ok(answers)
}
