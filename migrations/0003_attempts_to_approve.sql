-- The sweep for payments whose money is to be taken looks at those alone, not at every payment that somebody has opened.
create index attempts_to_approve on payment_attempt (next_check_at) where state = 'approve_requested' and next_check_at is not null;
