//! Many stores, as copies of one.

use anyhow::Result;
use sqlx::postgres::PgPool;

/// Everything that a store needs to take orders, under the ids 1 to `$2`; each log begins empty.
const COPIES: [&str; 4] = [
    "insert into store (store_id, store_key, name, branch, phone, address, lat, lon, business, modes, schedule, holidays, delivery,
                        accept_deadline_minutes, prep_minutes_default, menu_version, created_at, updated_at)
     select lpad(n::text, 32, '0')::uuid, 'copy-' || n, name, 'copy ' || n, phone, address, lat, lon, business, modes, schedule,
            holidays, delivery, accept_deadline_minutes, prep_minutes_default, menu_version, created_at, updated_at
     from store, generate_series(1, $2) n where store_id = $1::uuid",
    "insert into menu_document (store_id, menu_version, document, created_at)
     select lpad(n::text, 32, '0')::uuid, menu_version, document, created_at
     from menu_document, generate_series(1, $2) n where store_id = $1::uuid",
    "insert into store_cursor (store_id, epoch, last_seq, last_hash)
     select lpad(n::text, 32, '0')::uuid, 1, 0, decode(repeat('00', 32), 'hex')
     from store_cursor, generate_series(1, $2) n where store_id = $1::uuid",
    "insert into business_day (store_id, day_id, state, opened_at, first_seq)
     select lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, state, opened_at, 1
     from business_day, generate_series(1, $2) n where store_id = $1::uuid",
];

pub async fn copy(db: &PgPool, store: &str, count: u32) -> Result<()> {
    let mut tx = db.begin().await?;
    for statement in COPIES {
        sqlx::query(statement).bind(store).bind(i32::try_from(count)?).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    analyze(db).await
}

/// Words of names, by the store's number: 900 names, each eleven times, and dishes of 30 kinds of kitchens.
const NAMES: [&str; 2] = [
    "update store s set updated_at = clock_timestamp(), branch = (array['망원', '홍대', '합정', '연남', '성수', '잠실'])[1 + n % 6] || ' ' || n || '호점',
        name = (array['달빛', '은하', '골목', '할매', '바른', '청춘', '엄마손', '왕', '미소', '행복', '옛날', '산들', '하늘', '봄날', '두레',
                      '한옥', '마루', '새벽', '노을', '바다', '언덕', '나루', '다정', '온기', '수라', '진미', '소담', '가람', '별', '풍년'])[1 + n % 30]
            || (array['국수', '분식', '김밥', '식당', '커피', '치킨', '피자', '족발', '보쌈', '냉면', '갈비', '순대', '만두', '덮밥', '카레',
                      '초밥', '돈까스', '버거', '샐러드', '죽', '찜닭', '곱창', '해장국', '칼국수', '제과', '빙수', '타코', '쌀국수', '마라탕', '떡집'])[1 + n / 30 % 30]
     from (select store_id, split_part(store_key, '-', 2)::int - 1 as n from store where store_key like 'copy-%') as numbered
     where s.store_id = numbered.store_id",
    "update menu_document m set document = replace(replace(document::text, '떡볶이', word || '떡볶이'), '김밥', word || '김밥')::jsonb
     from (select store_id, (array['별미', '국물', '궁중', '매콤', '로제', '치즈', '옛날', '참치', '불고기', '야채'])[1 + n % 10]
               || (array['', '특', '꼬마'])[1 + n / 10 % 3] as word
           from (select store_id, split_part(store_key, '-', 2)::int as n from store where store_key like 'copy-%') as numbered) as worded
     where m.store_id = worded.store_id",
];

pub async fn name(db: &PgPool) -> Result<()> {
    let mut tx = db.begin().await?;
    for statement in NAMES {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    analyze(db).await
}

/// Plans as in a database that has been at work for a while.
pub async fn analyze(db: &PgPool) -> Result<()> {
    sqlx::query("vacuum analyze").execute(db).await?;
    Ok(())
}
