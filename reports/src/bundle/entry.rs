//! A file in an archive, packed.

use std::borrow::Cow;

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// A file in an archive, as its directory and its own head agree on.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// The octets of its name.
    pub name: &'a [u8],
    /// Whether its data are [deflated](https://www.rfc-editor.org/rfc/rfc1951), and not stored as they are.
    pub deflated: bool,
    /// CRC-32 of its octets.
    pub crc: u32,
    /// How many these are.
    pub size: usize,
    /// Its data.
    pub data: &'a [u8],
}

impl Entry<'_> {
    /// Its name as text; what is no UTF-8 is replaced.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.name)
    }

    /// Its octets, held against its size and its CRC: the data must be the packed file and nothing more. Else what is
    /// wrong, in French, as a word behind its name.
    pub(super) fn octets(&self) -> Result<Vec<u8>, &'static str> {
        const MORE: &str = "porte des octets qui ne sont pas de lui";
        let octets = if self.deflated {
            self.inflated().ok_or(MORE)?
        } else if self.data.len() == self.size {
            self.data.to_vec()
        } else {
            return Err(MORE);
        };
        let mut crc = Crc::new();
        crc.update(&octets);
        if crc.sum() == self.crc {
            Ok(octets)
        } else {
            Err("n'a pas le contenu qu'annonce sa somme de contrôle")
        }
    }

    /// The octets that its data are packed from; `None` where these are other than its size says, or not the whole
    /// of the data.
    fn inflated(&self) -> Option<Vec<u8>> {
        let mut octets = Vec::new();
        // One more than there may be: what would go on is seen without being written.
        octets.reserve_exact(self.size.checked_add(1)?);
        let mut inflate = Decompress::new(false);
        loop {
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let left = self.data.get(usize::try_from(read).ok()?..)?;
            let status = inflate.decompress_vec(left, &mut octets, FlushDecompress::None).ok()?;
            if status == Status::StreamEnd {
                break;
            }
            let stuck = (read, written) == (inflate.total_in(), inflate.total_out());
            if stuck || octets.len() > self.size {
                return None;
            }
        }
        let whole = inflate.total_in() == self.data.len() as u64 && octets.len() == self.size;
        whole.then_some(octets)
    }
}
