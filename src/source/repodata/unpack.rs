//! Unpacking a file of a repository while it is held against its checksums.
//!
//! Nothing is written down and nothing is read twice: the bytes pass through the first checksum, the
//! unpacker and the second checksum to whoever reads them, and what was read counts only if both fit in
//! the end. What a file may unpack to is limited by what `repomd.xml` says, by [`MOST_OPEN`], and by
//! [`MOST_RATIO`].

use crate::source::repodata::checksum::Checksum;
use crate::source::repodata::fault::{Fault, Kind};
use crate::source::repodata::repomd::File;
use ring::digest;
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most bytes of a file as it is sent.
pub const MOST_PACKED: u64 = 256 * 1024 * 1024;
/// The most bytes a file unpacks to; Fedora's largest has about 300 MiB.
pub const MOST_OPEN: u64 = 1024 * 1024 * 1024;
/// The most bytes that one byte unpacks to; xz makes less than 30 of one, of real files.
pub const MOST_RATIO: u64 = 200;
/// Up to so many bytes a file may repeat itself as it likes.
pub const FREE: u64 = 1024 * 1024;
/// The largest window of zstd, as a power of two; `zstd --ultra --long=27` uses it.
pub const MOST_ZSTD_WINDOW: u32 = 27;
/// The largest dictionary of xz; `xz -9` uses it.
pub const MOST_XZ_DICTIONARY: u64 = 64 * 1024 * 1024;

/// So many packed bytes are asked for at once.
const CHUNK: usize = 64 * 1024;
/// The bytes that say how a file is packed: xz's header and that of its first block are no longer.
const HEAD: u64 = 12 + 1024;

/// Hands the unpacked bytes to `take`, which reads them to their end, and gives what it made of them if
/// all of it was what `repomd.xml` describes.
pub fn read<T>(
    file: &File,
    body: impl Read,
    take: impl FnOnce(&mut dyn Read) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let read = read_bytes(file, body, take);
    read.map_err(|fault| fault.about(&file.href))
}

fn read_bytes<T>(
    file: &File,
    body: impl Read,
    take: impl FnOnce(&mut dyn Read) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let came = Cell::new(0);
    let mut packed = Meter::new(body, &came, &file.checksum, file.size, Limit::Packed);
    let outcome = open(file, &came, &mut packed, take);
    if let Err(fault) = &outcome
        && fault.kind != Kind::Malformed
    {
        return outcome;
    }
    // What stands behind the last packed byte belongs to the file. And a file that could not be read may
    // be another one than was meant: that is told apart here, as the cure is another.
    let rest = io::copy(&mut packed, &mut io::sink()).map_err(Fault::from);
    let fits = rest.and_then(|_| packed.finish());
    fits.and(outcome)
}

/// The unpacked side.
fn open<T>(
    file: &File,
    came: &Cell<u64>,
    mut packed: &mut dyn Read,
    take: impl FnOnce(&mut dyn Read) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut head = Vec::new();
    (&mut packed).take(HEAD).read_to_end(&mut head)?;
    let form = Form::of(&head)?;
    let checksum = match (&file.open_checksum, form) {
        (Some(checksum), _) => checksum,
        (None, Form::Plain) => &file.checksum,
        (None, _) => return Err(Fault::malformed("it is packed and has no open-checksum")),
    };
    let opened = Cell::new(0);
    let unpacked = form.unpack(&head, (&*head).chain(BufReader::with_capacity(CHUNK, packed)))?;
    let limit = Limit::Opened(came);
    let mut unpacked = Meter::new(unpacked, &opened, checksum, file.open_size, limit);
    let taken = take(&mut unpacked)?;
    io::copy(&mut unpacked, &mut io::sink())?;
    unpacked.finish()?;
    Ok(taken)
}

/// How a file is packed, by its first bytes: a name may lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Form {
    fn of(first: &[u8]) -> Result<Form, Fault> {
        match first {
            [0x1f, 0x8b, ..] => Ok(Form::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Form::Zstd),
            // A skippable frame, with which parallel programs begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Form::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Ok(Form::Xz),
            [b'B', b'Z', b'h', ..] => Ok(Form::Bzip2),
            [b'<' | b' ' | b'\t' | b'\r' | b'\n' | 0xef, ..] => Ok(Form::Plain),
            [] => Err(Fault::malformed("it is empty")),
            _ => Err(Fault::malformed("it is neither XML nor packed as gz, zst, xz or bz2")),
        }
    }

    /// What gives the unpacked bytes. All parts of a file that was packed in parts are read.
    fn unpack<'a>(
        self,
        head: &[u8],
        packed: impl BufRead + 'a,
    ) -> Result<Box<dyn Read + 'a>, Fault> {
        Ok(match self {
            Form::Plain => Box::new(packed),
            Form::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Form::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Form::Zstd => {
                let mut unpacker = zstd::stream::read::Decoder::with_buffer(packed)?;
                unpacker.window_log_max(MOST_ZSTD_WINDOW)?;
                Box::new(unpacker)
            }
            Form::Xz => Box::new(Xz::new(head, packed)?),
        })
    }
}

/// xz, whose unpacker is guarded against a dictionary that is too large, and against its own panics.
struct Xz<R: Read>(lzma_rust2::XzReader<R>);

impl<R: Read> Xz<R> {
    /// The unpacker sets the dictionary's memory aside before it knows that it is needed: the size that
    /// the first block asks for is looked at here. Memory for later blocks is only touched as far as bytes
    /// come out, of which there is a limit.
    fn new(head: &[u8], packed: R) -> Result<Xz<R>, Fault> {
        if xz_dictionary(head).is_some_and(|size| size > MOST_XZ_DICTIONARY) {
            let why = format!("its xz dictionary is over {} MiB", MOST_XZ_DICTIONARY >> 20);
            return Err(Fault::new(Kind::TooBig, why));
        }
        Ok(Xz(lzma_rust2::XzReader::new(packed, true)))
    }
}

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = catch_unwind(AssertUnwindSafe(|| self.0.read(into)));
        read.unwrap_or_else(|_| Err(Fault::malformed("it is no xz").into()))
    }
}

/// The dictionary's size of the first block with LZMA2 (xz file format 1.0.4, §3.1 and §5.3.1).
fn xz_dictionary(first: &[u8]) -> Option<u64> {
    let block = first.get(12..)?;
    let header = block.get(..(usize::from(*block.first()?) + 1) * 4)?;
    // The filter's id 0x21, the size 1 of its properties, the property.
    let at = header.windows(2).position(|pair| pair == [0x21, 1])?;
    let bits = u64::from(*header.get(at + 2)?);
    Some(if bits < 40 { (2 | (bits & 1)) << (bits / 2 + 11) } else { u64::MAX })
}

/// What a meter's bytes may not pass besides what was promised.
enum Limit<'a> {
    /// [`MOST_PACKED`].
    Packed,
    /// [`MOST_OPEN`], and [`MOST_RATIO`] of so many packed bytes.
    Opened(&'a Cell<u64>),
}

/// Bytes on their way: counted, summed, and stopped where there are too many.
struct Meter<'a, R> {
    from: R,
    count: &'a Cell<u64>,
    sum: digest::Context,
    checksum: &'a Checksum,
    promised: Option<u64>,
    limit: Limit<'a>,
}

impl<'a, R: Read> Meter<'a, R> {
    fn new(
        from: R,
        count: &'a Cell<u64>,
        checksum: &'a Checksum,
        promised: Option<u64>,
        limit: Limit<'a>,
    ) -> Meter<'a, R> {
        Meter { from, count, sum: checksum.start(), checksum, promised, limit }
    }

    /// After the last byte: whether it was what was promised.
    fn finish(self) -> Result<(), Fault> {
        let side = self.side();
        let count = self.count.get();
        match self.promised {
            Some(promised) if promised != count => {
                let why = format!("{count} bytes {side}, and repomd.xml promises {promised}");
                Err(Fault::new(Kind::Mismatch, why))
            }
            _ if !self.checksum.fits(&self.sum.finish()) => {
                let why = format!("its bytes {side} are not those repomd.xml describes");
                Err(Fault::new(Kind::Mismatch, why))
            }
            _ => Ok(()),
        }
    }

    fn side(&self) -> &'static str {
        match self.limit {
            Limit::Packed => "as sent",
            Limit::Opened(_) => "unpacked",
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let count = self.count.get();
        let (most, packed) = match self.limit {
            Limit::Packed => (MOST_PACKED, None),
            Limit::Opened(packed) => (MOST_OPEN, Some(packed.get())),
        };
        let side = self.side();
        let (kind, why) = if count > most {
            (Kind::TooBig, format!("it has more than {} MiB {side}", most >> 20))
        } else if self.promised.is_some_and(|promised| count > promised) {
            (Kind::Mismatch, format!("it is longer {side} than repomd.xml promises"))
        } else if packed.is_some_and(|packed| count > FREE && count / MOST_RATIO > packed) {
            (Kind::TooBig, format!("it unpacks to more than {MOST_RATIO} times its size"))
        } else {
            return Ok(());
        };
        Err(Fault::new(kind, why))
    }
}

impl<R: Read> Read for Meter<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let came = self.from.read(into)?;
        self.sum.update(&into[..came]);
        self.count.set(self.count.get().saturating_add(came as u64));
        self.check()?;
        Ok(came)
    }
}
