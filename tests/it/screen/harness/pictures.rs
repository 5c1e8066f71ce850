//! Commands of kitty's graphics protocol in; pictures with their pixels, where they are shown, and the terminal's answer out.
//!
//! The protocol: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>. Whatever it does not allow is a fault.

use std::collections::BTreeMap;

use base64::Engine as _;

/// A picture that the terminal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// 1 grey, 3 RGB, 4 RGBA.
    pub(crate) channels: usize,
    /// `height × width × channels`.
    pub(crate) pixels: Vec<u8>,
    /// Bytes of the base 64 that brought it.
    pub(crate) n_wire: usize,
}

/// A picture, or a part of one, on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placement {
    /// By placeholders, which are text.
    pub(crate) is_virtual: bool,
    /// Row and column of the first cell, from 0.
    pub(crate) at: (u16, u16),
    /// Columns and rows; 0 where the size in pixels decides.
    pub(crate) cells: (u16, u16),
    /// x, y, width, height in the picture; 0 for the rest of it.
    pub(crate) source: [usize; 4],
}

/// What is on its way, chunk by chunk.
#[derive(Debug, Default)]
struct Loading {
    keys: BTreeMap<char, String>,
    data: Vec<u8>,
}

/// What the terminal knows of pictures.
#[derive(Debug, Default)]
pub(crate) struct Kitty {
    pub(crate) pictures: BTreeMap<u32, Picture>,
    /// By picture and placement id.
    pub(crate) placements: BTreeMap<(u32, u32), Placement>,
    /// Pictures that were sent whole.
    pub(crate) n_sent: usize,
    /// Pictures whose data was freed, by a delete.
    pub(crate) n_freed: usize,
    /// Placements that were made.
    pub(crate) n_placed: usize,
    /// Bytes of pictures on the wire, with their commands.
    pub(crate) n_bytes: usize,
    /// The most bytes of pixels that the terminal had to hold at a time.
    pub(crate) peak: usize,
    pub(crate) faults: Vec<String>,
    loading: Option<Loading>,
}

/// The most base 64 that a chunk may have.
const CHUNK: usize = 4096;

fn keys_of(control: &str) -> BTreeMap<char, String> {
    (control.split(',').filter_map(|it| it.split_once('=')))
        .filter_map(|(key, value)| Some((key.chars().next()?, value.to_owned())))
        .collect()
}

fn number(keys: &BTreeMap<char, String>, key: char) -> u32 {
    keys.get(&key).and_then(|it| it.parse().ok()).unwrap_or(0)
}

impl Kitty {
    /// One command after its `G`; `cursor` is row and column. Gives the answer, without the envelope, if there is one.
    pub(crate) fn command(&mut self, text: &[u8], cursor: (u16, u16)) -> Option<String> {
        self.n_bytes += text.len() + 5;
        let text = String::from_utf8_lossy(text);
        let (control, data) = text.split_once(';').unwrap_or((&text, ""));
        let keys = keys_of(control);
        let goes_on = self.loading.is_some() && !keys.contains_key(&'a');
        let action = keys.get(&'a').map_or("t", String::as_str);
        if goes_on || matches!(action, "t" | "T" | "q") {
            return self.chunk(keys, data, cursor);
        }
        let result = match action {
            "p" => self.place(&keys, cursor),
            "d" => {
                self.delete(&keys);
                return None;
            }
            _ => Err(format!("EINVAL:no action {action}")),
        };
        self.answer(&keys, result)
    }

    /// The screen was cleared: what it showed is gone, the data is not.
    pub(crate) fn clear(&mut self) {
        self.placements.retain(|_, it| it.is_virtual);
    }

    /// How many pictures are seen; virtual ones are where their cells are.
    pub(crate) fn n_shown(&self) -> usize {
        self.placements.len()
    }

    /// The one picture that is shown, with where.
    #[track_caller]
    pub(crate) fn only(&self) -> (&Picture, &Placement) {
        let shown: Vec<_> = self.placements.iter().collect();
        let [((id, _), placement)] = shown[..] else {
            panic!("{} pictures are shown", shown.len());
        };
        (&self.pictures[id], placement)
    }

    fn answer(
        &mut self,
        keys: &BTreeMap<char, String>,
        result: Result<(), String>,
    ) -> Option<String> {
        let quiet = number(keys, 'q');
        let id = number(keys, 'i');
        let word = match result {
            Ok(()) if quiet >= 1 => return None,
            Ok(()) => "OK".to_owned(),
            Err(error) => {
                self.faults.push(error.clone());
                if quiet >= 2 {
                    return None;
                }
                error
            }
        };
        let place = keys.get(&'p').map(|p| format!(",p={p}"));
        (id != 0).then(|| format!("Gi={id}{};{word}", place.unwrap_or_default()))
    }

    fn chunk(
        &mut self,
        keys: BTreeMap<char, String>,
        data: &str,
        cursor: (u16, u16),
    ) -> Option<String> {
        if data.len() > CHUNK {
            self.faults
                .push(format!("a chunk of {} bytes, {CHUNK} allowed", data.len()));
        }
        let more = number(&keys, 'm') == 1;
        if more && !data.len().is_multiple_of(4) {
            self.faults
                .push("a chunk that is not the last ends inside four characters".to_owned());
        }
        if self.loading.is_some() && keys.contains_key(&'a') {
            self.faults
                .push("a picture begun before the one before had ended".to_owned());
            self.loading = None;
        }
        // an empty last chunk of nothing ends what was cut short: a leave sends it to be sure
        if self.loading.is_none() && !keys.contains_key(&'a') && data.is_empty() && !more {
            return None;
        }
        let loading = self.loading.get_or_insert_with(|| Loading {
            keys,
            data: Vec::new(),
        });
        loading.data.extend_from_slice(data.as_bytes());
        if more {
            return None;
        }
        let Loading { keys, data } = self.loading.take().expect("it was put there just now");
        let result = self.arrived(&keys, &data, cursor);
        self.answer(&keys, result)
    }

    /// All chunks are here.
    fn arrived(
        &mut self,
        keys: &BTreeMap<char, String>,
        data: &[u8],
        cursor: (u16, u16),
    ) -> Result<(), String> {
        let picture = decoded(keys, data)?;
        let action = keys.get(&'a').map_or("t", String::as_str);
        if action == "q" {
            return Ok(());
        }
        let id = number(keys, 'i');
        if id == 0 {
            return Err("EINVAL:a picture without an id can never be freed".to_owned());
        }
        self.n_sent += 1;
        // a new picture with an old id: the old one and its placements go
        if self.pictures.insert(id, picture).is_some() {
            self.placements.retain(|key, _| key.0 != id);
        }
        let held = self.pictures.values().map(|it| it.pixels.len()).sum();
        self.peak = self.peak.max(held);
        if action == "T" {
            self.place(keys, cursor)?;
        }
        Ok(())
    }

    fn place(&mut self, keys: &BTreeMap<char, String>, cursor: (u16, u16)) -> Result<(), String> {
        let id = number(keys, 'i');
        let picture = self
            .pictures
            .get(&id)
            .ok_or_else(|| format!("ENOENT:no picture {id}"))?;
        let n = |key| number(keys, key) as usize;
        let source = [n('x'), n('y'), n('w'), n('h')];
        if source[0] + source[2] > picture.width || source[1] + source[3] > picture.height {
            return Err(format!(
                "EINVAL:{source:?} is outside of {} × {}",
                picture.width, picture.height
            ));
        }
        let cells = |key| {
            u16::try_from(number(keys, key)).map_err(|error| format!("EINVAL:cells: {error}"))
        };
        let placement = Placement {
            is_virtual: number(keys, 'U') == 1,
            at: cursor,
            cells: (cells('c')?, cells('r')?),
            source,
        };
        self.placements.insert((id, number(keys, 'p')), placement);
        self.n_placed += 1;
        Ok(())
    }

    /// `d=i` and `d=a` take from the screen; capitals free the data too.
    fn delete(&mut self, keys: &BTreeMap<char, String>) {
        let what = keys.get(&'d').map_or("a", String::as_str);
        let id = number(keys, 'i');
        let is_one = match what {
            "a" | "A" => false,
            "i" | "I" => true,
            _ => {
                self.faults.push(format!("deletes by {what:?}"));
                return;
            }
        };
        let place = keys.get(&'p').map(|_| number(keys, 'p'));
        self.placements.retain(|key, it| {
            let is_meant = key.0 == id && place.is_none_or(|it| it == key.1);
            // `d=a` leaves virtual placements alone
            !(if is_one { is_meant } else { !it.is_virtual })
        });
        if what == "I" && place.is_none() {
            self.n_freed += usize::from(self.pictures.remove(&id).is_some());
        } else if what == "A" {
            let shown = &self.placements;
            let before = self.pictures.len();
            self.pictures
                .retain(|id, _| shown.keys().any(|key| key.0 == *id));
            self.n_freed += before - self.pictures.len();
        }
    }
}

fn decoded(keys: &BTreeMap<char, String>, data: &[u8]) -> Result<Picture, String> {
    let medium = keys.get(&'t').map_or("d", String::as_str);
    if medium != "d" || keys.contains_key(&'o') {
        return Err(format!(
            "EINVAL:only direct, plain data is played, not {keys:?}"
        ));
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(data)
        .map_err(|error| format!("EINVAL:base 64: {error}"))?;
    let n = |key| number(keys, key) as usize;
    let raw = |channels| Picture {
        width: n('s'),
        height: n('v'),
        channels,
        pixels: bytes.clone(),
        n_wire: data.len(),
    };
    let picture = match n('f') {
        100 => from_png(&bytes, data.len())?,
        24 => raw(3),
        0 | 32 => raw(4),
        other => return Err(format!("EINVAL:format {other}")),
    };
    let expected = picture.width * picture.height * picture.channels;
    if expected == 0 || expected != picture.pixels.len() {
        return Err(format!(
            "ENODATA:{} bytes, {expected} expected",
            picture.pixels.len()
        ));
    }
    Ok(picture)
}

fn from_png(bytes: &[u8], n_wire: usize) -> Result<Picture, String> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .map_err(|error| format!("EBADPNG:{error}"))?;
    let size = reader.output_buffer_size().ok_or("EBADPNG:size")?;
    let mut pixels = vec![0; size];
    let info = reader
        .next_frame(&mut pixels)
        .map_err(|error| format!("EBADPNG:{error}"))?;
    pixels.truncate(info.buffer_size());
    if info.bit_depth != png::BitDepth::Eight {
        return Err(format!("EBADPNG:{:?}", info.bit_depth));
    }
    Ok(Picture {
        width: info.width as usize,
        height: info.height as usize,
        channels: info.color_type.samples(),
        pixels,
        n_wire,
    })
}
