//! Won, with the parts that KakaoPay reports. Prices include 10 % VAT.

use serde::Serialize;

/// Whole won throughout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    pub total: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub point: i64,
    pub discount: i64,
    pub green_deposit: i64,
}

impl Amount {
    pub fn minus(self, other: Self) -> Self {
        Self {
            total: self.total - other.total,
            tax_free: self.tax_free - other.tax_free,
            vat: self.vat - other.vat,
            point: self.point - other.point,
            discount: self.discount - other.discount,
            green_deposit: self.green_deposit - other.green_deposit,
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            tax_free: self.tax_free + other.tax_free,
            vat: self.vat + other.vat,
            point: self.point + other.point,
            discount: self.discount + other.discount,
            green_deposit: self.green_deposit + other.green_deposit,
        }
    }
}

/// round((total - tax free) / 11), KakaoPay's default.
pub fn default_vat(total: i64, tax_free: i64) -> i64 {
    (2 * (total - tax_free) + 11) / 22
}

#[cfg(test)]
mod tests {
    use super::default_vat;

    #[test]
    fn vat_is_an_eleventh_rounded_half_up() {
        for (total, tax_free, vat) in
            [(18_300, 0, 1_664), (15_000, 0, 1_364), (10_000, 0, 909), (20_000, 9_000, 1_000), (0, 0, 0)]
        {
            assert_eq!(default_vat(total, tax_free), vat);
        }
    }
}
