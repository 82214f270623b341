//! Everything that a counter's stream needs to know to begin, for many counters in one statement.

use shared::TimeMs;
use shared::id::{DayId, DeviceId, SessionId, StaffId, StoreId};
use shared::log::{ChainHash, GENESIS};
use shared::wire::{Boot, Incarnation};

use super::feeds::{Head, hash};
use super::sessions::{EndReason, Found, OVERLAP_MS, key_of, kind_named, role_named};
use crate::clock::{to_ms, to_utc};
use crate::log::append::Cursor;
use crate::log::stream::DayStream;

/// Who asks, and after which event it wants to go on.
#[derive(Debug, Clone)]
pub struct Asked {
    pub token_hash: Vec<u8>,
    pub seq: i64,
}

/// What Postgres knows of a counter that asks, all of one moment.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub session: Found,
    pub head: Head,
    /// The chain hash at the event that was named; absent when there is no such event.
    pub hash_at: Option<ChainHash>,
    /// The last event that the device said it has on its disk in this epoch; 0 when it said nothing.
    pub acknowledged: i64,
    /// The start of the device's program that was noted last.
    pub boot: Option<Boot>,
}

/// One answer for each of `asked`, in their order; `None` where nobody has that token.
pub async fn known(
    db: impl sqlx::PgExecutor<'_>,
    asked: &[Asked],
    now: TimeMs,
) -> Result<Vec<Option<Known>>, sqlx::Error> {
    let tokens: Vec<Vec<u8>> = asked.iter().map(|asked| asked.token_hash.clone()).collect();
    let seqs: Vec<i64> = asked.iter().map(|asked| asked.seq).collect();
    let rows = sqlx::query!(
        "select q.n as \"n!\", q.seq as \"seq!\", t.store_id as \"store_id!\", t.session_id as \"session_id!\",
                t.staff_id as \"staff_id!\", t.device_id as \"device_id!\", t.kind as \"kind!\", t.fence as \"fence!\",
                t.last_seen_at as \"last_seen_at!\", t.end_reason, t.leased as \"leased!\", s.role, d.public_key,
                t.ended_at is not null as \"ended!\", t.expires_at <= $3 as \"expired!\",
                (s.disabled_at is not null or d.revoked_at is not null) as \"barred!\",
                (t.token_hash = q.token_hash and coalesce(t.previous_until > $4, false)) as \"settles!\",
                c.epoch, c.last_seq, c.last_hash, b.day_id as \"day_id?\", b.first_seq as \"first_seq?\",
                b.stream_gen as \"stream_gen?\", e.hash as \"hash_at?\",
                case when d.ack_epoch = c.epoch then d.ack_seq end as \"acknowledged?\",
                i.incarnation as \"incarnation?\", i.boot as \"boot?\", i.boot_nonce as \"boot_nonce?\"
         from unnest($1::bytea[], $2::bigint[]) with ordinality as q (token_hash, seq, n)
         join lateral (
             select n.* from store_session n where n.token_hash = q.token_hash
             union all
             select p.* from store_session p where p.previous_token_hash = q.token_hash and p.previous_until > $3) t on true
         join staff s on s.store_id = t.store_id and s.staff_id = t.staff_id
         join device d on d.store_id = t.store_id and d.device_id = t.device_id
         join store_cursor c on c.store_id = t.store_id
         left join business_day b on b.store_id = t.store_id and b.state <> 'closed'
         left join store_event e on e.store_id = t.store_id and e.seq = q.seq
         left join device_incarnation i on i.store_id = t.store_id and i.device_id = t.device_id
              and i.superseded_at is null",
        &tokens,
        &seqs,
        to_utc(now),
        to_utc(now.plus_ms(OVERLAP_MS))
    )
    .fetch_all(db)
    .await?;
    let mut answers: Vec<Option<Known>> = vec![None; asked.len()];
    for row in rows {
        let session = Found {
            store_id: StoreId(row.store_id),
            session_id: SessionId(row.session_id),
            staff_id: StaffId(row.staff_id),
            device_id: DeviceId(row.device_id),
            kind: kind_named(&row.kind),
            role: role_named(&row.role),
            fence: row.fence,
            last_seen: to_ms(row.last_seen_at),
            key: key_of(row.public_key),
            leased: row.leased,
            settles: row.settles,
            ended: EndReason::read(row.ended, row.end_reason.as_deref(), row.expired, row.barred),
        };
        let stream = match (row.day_id, row.first_seq, row.stream_gen) {
            (Some(day), Some(first_seq), Some(generation)) => {
                Some(DayStream { day_id: DayId(day), first_seq, generation })
            }
            _ => None,
        };
        let head = Head {
            store_id: session.store_id,
            cursor: Cursor { epoch: row.epoch, seq: row.last_seq, hash: hash(&row.last_hash)? },
            stream,
            // A store has one open counter session.
            holder: (session.ended.is_none() && session.kind.is_counter()).then_some(session.session_id),
        };
        let hash_at = match row.seq {
            0 => Some(GENESIS),
            _ => row.hash_at.as_deref().map(hash).transpose()?,
        };
        let acknowledged = row.acknowledged.unwrap_or(0);
        let boot = match (row.incarnation, row.boot, row.boot_nonce) {
            (Some(incarnation), Some(number), Some(nonce)) => {
                Some(Boot { incarnation: Incarnation(incarnation), number, nonce })
            }
            _ => None,
        };
        let place = usize::try_from(row.n - 1).ok();
        if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
            *answer = Some(Known { session, head, hash_at, acknowledged, boot });
        }
    }
    Ok(answers)
}
