//! Numbers to little-endian bytes and back.
//!
//! Main types: the functions of [`Put`] on a vector; [`Take`], which reads and never panics.
//!
//! # What holds
//!
//! * Everything is little-endian, on every machine.
//! * A read past the end is `None`, and so is a count that is no finite number or is negative.

/// No count of messages or recipients comes near a million million.
const MOST: f32 = 1e12;

/// Numbers appended to a buffer.
pub(crate) trait Put {
    fn put<const N: usize>(&mut self, bytes: [u8; N]);
    fn put_f32(&mut self, number: f32) {
        self.put(number.to_le_bytes());
    }
    fn put_u16(&mut self, number: u16) {
        self.put(number.to_le_bytes());
    }
    fn put_u32(&mut self, number: u32) {
        self.put(number.to_le_bytes());
    }
    fn put_u64(&mut self, number: u64) {
        self.put(number.to_le_bytes());
    }
}

impl Put for Vec<u8> {
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.extend_from_slice(&bytes);
    }
}

/// Bytes that are read from the front.
#[derive(Clone, Debug)]
pub(crate) struct Take<'a>(pub &'a [u8]);

impl<'a> Take<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a finite number.
    pub fn f32(&mut self) -> Option<f32> {
        self.array().map(f32::from_le_bytes).filter(|number| number.is_finite())
    }

    /// Reads a finite number that is not negative, and caps it, so that sums of counts stay finite.
    pub fn count(&mut self) -> Option<f32> {
        self.f32().filter(|&number| number >= 0.0).map(|number| number.min(MOST))
    }

    /// Reads as many as `N` items.
    pub fn many<T: Copy + Default, const N: usize>(
        &mut self,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<[T; N]> {
        let mut items = [T::default(); N];
        for item in &mut items {
            *item = read(self)?;
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is put is taken again, and past the end there is nothing.
    #[test]
    fn round_trip() {
        let mut bytes = Vec::new();
        bytes.put_u16(1);
        bytes.put_u32(2);
        bytes.put_u64(3);
        bytes.put_f32(4.5);
        let mut take = Take(&bytes);

        assert_eq!(Some(1), take.u16());
        assert_eq!(Some(2), take.u32());
        assert_eq!(Some(3), take.u64());
        assert_eq!(Some(4.5), take.count());
        assert_eq!(None, take.u8());
    }

    /// A count is finite and not negative; anything else is refused.
    #[test]
    fn counts_are_counts() {
        for odd in [f32::NAN, f32::INFINITY, -1.0] {
            assert_eq!(None, Take(&odd.to_le_bytes()).count());
        }
    }
}
