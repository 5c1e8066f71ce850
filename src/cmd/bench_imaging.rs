//! Picture files in, how long it takes to decode every frame of them to measured values out: by the way that `view` goes.

use std::io::Write as _;
use std::time::Instant;

use serde_json::json;

use super::output::json_pretty;
use crate::cli::BenchArgs;
use crate::imaging;
use crate::imaging::frame::Frame;
use crate::settings::Settings;

impl BenchArgs {
    /// Decodes all files so often and prints the median: of the whole, through the decoding child.
    pub(super) fn imaging(&self, settings: &Settings) -> anyhow::Result<()> {
        let view = settings.options().view;
        let mut decoded = 0_usize;
        let mut count = |_: &Frame| {
            decoded += 1;
            Ok(())
        };
        let mut times = Vec::new();
        for _ in 0..self.repeats {
            let began = Instant::now();
            imaging::values(&self.imaging, &view, &mut count)?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let frames = decoded / usize::from(self.repeats);
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let mut out = std::io::stdout().lock();
        if self.json {
            let object = json!({
                "files": self.imaging.len(),
                "frames": frames,
                "repeats": self.repeats,
                "decode_ms": median,
                "slowest_ms": times.last(),
            });
            out.write_all(json_pretty(&object).as_bytes())?;
        } else {
            let files = self.imaging.len();
            writeln!(
                out,
                "{files} files, {frames} frames decoded in {median:.1} ms"
            )?;
        }
        Ok(())
    }
}
