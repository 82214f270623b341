//! Ids from the dice instead of the clock.

use shared::id::{AttemptId, CustomerId, DayId, DeviceId, OrderId, RefundId, SessionId, StaffId, StoreId};

use crate::Dice;

macro_rules! ids {
    ($($name:ident: $id:ident),+ $(,)?) => {
        impl Dice {
            $(
                #[doc = concat!("A fresh [`", stringify!($id), "`].")]
                pub fn $name(&self) -> $id {
                    $id(self.uuid())
                }
            )+
        }
    };
}

ids!(
    store: StoreId,
    day: DayId,
    order: OrderId,
    customer: CustomerId,
    attempt: AttemptId,
    refund: RefundId,
    device: DeviceId,
    staff: StaffId,
    session: SessionId,
);
