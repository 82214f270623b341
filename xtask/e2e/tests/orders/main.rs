//! Orders through real processes: customers chat over HTTP, the counter has no window. Each test is named by what it proves, and
//! each ends with the same questions: is anything lost, doubled or left undone, is the money where it belongs, does the counter's
//! journal equal the store's log.

mod api_killed_while_a_payment_is_approved;
mod api_restarts_under_a_connected_counter;
mod audit_notices;
mod browser_never_comes_back;
mod callback_comes_twice;
mod counter_is_killed;
mod counter_is_offline_while_cooking;
mod counter_works_by_itself;
mod customer_cancels_before_cooking;
mod nobody_accepts;
mod redis_is_emptied_before_the_approval;
mod scene;
mod store_rejects;
