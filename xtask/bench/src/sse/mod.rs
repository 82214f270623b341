//! Counters that listen: how many one instance holds, how fast it tells them, how soon they are back.

mod fan_out;
mod fleet;
mod frames;
mod idle;
mod nchan;
mod ours;
mod reconnect;
mod stores;

use crate::row::Row;

pub fn rows() -> Vec<Row> {
    vec![
        Row {
            name: "sse-idle",
            what: "thousands of idle counters on one instance",
            run: |setup| Box::pin(idle::measure(setup)),
        },
        Row {
            name: "sse-fan-out",
            what: "messages of 1 KB to many listeners, beside Nchan",
            run: |setup| Box::pin(fan_out::measure(setup)),
        },
        Row {
            name: "sse-reconnect",
            what: "5,000 counters come back after kill -9",
            run: |setup| Box::pin(reconnect::measure(setup)),
        },
    ]
}
