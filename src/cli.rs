//! Words of the command line in, `Cli` out: exactly what was typed, not yet what it means (`settings` says that).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

mod sessions;

pub use sessions::{
    BranchArgs, ExportArgs, ExportFormat, ListArgs, RmArgs, SearchArgs, SessionsCommand, ShowArgs,
};
mod replay;

pub use replay::{CheckArgs, ProofArgs, ReplayArgs};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "medlab",
    version,
    about = "A laboratory for medical vision-language models in the terminal. Research only, not for diagnosis.",
    override_usage = "medlab [OPTIONS] [FILE…]\n       medlab [OPTIONS] COMMAND",
    subcommand_precedence_over_arg = true,
    max_term_width = 100,
    after_help = EXAMPLES
)]
pub struct Cli {
    /// What to do; without a command the full screen opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The full screen, without a command.
    #[command(flatten)]
    pub tui: TuiArgs,
    /// Settings given as flags.
    #[command(flatten)]
    pub flags: Flags,
}

const EXAMPLES: &str = "\
Examples:
  medlab chest.dcm
  medlab ask sample:cxr-effusion \"Is there a pleural effusion?\"
  medlab ask now.png before.png --prior report.txt \"What is new?\"
  medlab repl sample:ct-nodule
  medlab inspect slice.dcm --question \"Describe the picture.\"

Settings come from a flag, else from MEDLAB_NAME in the environment, else from
$XDG_CONFIG_HOME/medlab/config.toml, else from the default; `medlab doctor` shows which.
Exit codes: 0 done, 1 some items failed, 2 usage or settings, 3 a picture, 4 the model,
5 a session file, 130 interrupted.";

/// Without a command: the full screen.
#[derive(Debug, Args)]
pub struct TuiArgs {
    /// Pictures to look at and to ask about: files, folders, or sample:NAME; with none, a drawing
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Records the conversation in this session; one that is there goes on
    #[arg(long, value_name = "NAME|FILE", help_heading = "Full screen")]
    pub session: Option<String>,
    /// Looks below this folder for the pictures of a session that goes on; may be repeated
    #[arg(long = "pictures", value_name = "DIR", help_heading = "Full screen")]
    pub folders: Vec<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Asks one question about pictures; the answer streams to standard output
    Ask(AskArgs),
    /// A conversation about pictures, line by line; also reads a script from a pipe
    Repl(ReplArgs),
    /// Compares two sessions, or two of their answers: by finding and by word
    Diff(DiffArgs),
    /// Asks pictures in several ways, and compares the ways with statistics
    Experiment(ExperimentArgs),
    /// Lists the prompts of the library: the built-in ones and your own; or shows one
    Prompts(PromptsArgs),
    /// Shows what the model will get: from the file to its pixels, the prompt, the token budget
    Inspect(InspectArgs),
    /// Shows pictures in the terminal, or writes them as PNG; no model
    View(ViewArgs),
    /// Recorded sessions: list, show, search, export, remove, branch
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Plays a recorded session again, or verifies that the model still says the same
    Replay(ReplayArgs),
    /// Judges sessions by what was expected of their answers
    Check(CheckArgs),
    /// What is known of the model
    #[command(subcommand)]
    Model(ModelCommand),
    /// Measures the speed of this machine with this model
    Bench(BenchArgs),
    /// Shows the terminal, the folders, and every setting with where it came from
    Doctor(DoctorArgs),
}

/// Commands about the model.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Prints architecture, parameters, memory by part, licence and hash
    Info(ModelInfoArgs),
}

/// `ask`: one question, one answer.
#[derive(Debug, Args)]
#[command(
    override_usage = "medlab ask [OPTIONS] FILE… QUESTION\n       medlab ask [OPTIONS] --image FILE… QUESTION\n       medlab ask --list-samples",
    after_help = "\
Examples:
  medlab ask sample:cxr-effusion \"Is there a pleural effusion?\"
  medlab ask film.png \"Describe the picture.\" --json | jq .timings_ms
  medlab ask --image now.png --image before.png \"Compare the two films.\"
  medlab ask sample:cxr-current --prior sample-report.txt \"What has changed?\"
  medlab ask sample:cxr-nodule --prompt localize --var object=\"nodule\"
  echo \"Where is the nodule?\" | medlab ask sample:ct-nodule -
  medlab ask --list-samples"
)]
pub struct AskArgs {
    /// Pictures (files, or sample:NAME), then the question; `-` as the question reads it from standard input
    #[arg(value_name = "FILE… QUESTION")]
    pub words: Vec<String>,
    /// A picture; may be repeated, and then every other word belongs to the question
    #[arg(long = "image", short = 'i', value_name = "FILE")]
    pub images: Vec<String>,
    /// A prior report to compare with, from a text file, maybe with its date; may be repeated
    #[arg(long = "prior", value_name = "[DATE=]FILE")]
    pub priors: Vec<String>,
    /// Asks this prompt of the library instead of a question; `medlab prompts` lists them
    #[arg(long, value_name = "NAME")]
    pub prompt: Option<String>,
    /// A variable of the prompt; may be repeated
    #[arg(long = "var", value_name = "KEY=VALUE", requires = "prompt")]
    pub values: Vec<String>,
    /// Records the question and the answer in this session; one that is there goes on
    #[arg(long, value_name = "NAME|FILE", help_heading = "Sessions")]
    pub session: Option<String>,
    /// Looks below this folder for the pictures of a session that goes on; may be repeated
    #[arg(long = "pictures", value_name = "DIR", help_heading = "Sessions")]
    pub folders: Vec<PathBuf>,
    /// Prints one JSON object with everything about the answer, instead of the answer alone
    #[arg(long)]
    pub json: bool,
    /// Lists the sample pictures with what is really in them, and ends
    #[arg(long)]
    pub list_samples: bool,
}

/// `repl`: a conversation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab repl sample:cxr-effusion
  medlab repl film.png --temperature 0.7 --seed 3
  printf '/open sample:ct-nodule\\nWhere is it?\\n' | medlab repl
  medlab repl --json < questions.txt > answers.jsonl

Type a question, or a command that begins with `/`; /help lists them.
Enter asks, Ctrl-J or a trailing backslash begins a new line, Tab completes,
Ctrl-C stops an answer, Ctrl-D leaves.")]
pub struct ReplArgs {
    /// Pictures to open first (files, or sample:NAME)
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Records into this session, also from a pipe; one that is there goes on [default: a new one, at a terminal]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Sessions")]
    pub session: Option<String>,
    /// Looks below this folder for the pictures of a session that goes on; may be repeated
    #[arg(long = "pictures", value_name = "DIR", help_heading = "Sessions")]
    pub folders: Vec<PathBuf>,
    /// Each answer is one JSON line on standard output, and each failure an {"error": …} line
    #[arg(long)]
    pub json: bool,
}

/// `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab diff before after
  medlab diff talk#2 talk#5
  medlab diff sessions/first-look.jsonl other.jsonl --json

The exit code is 0 when the findings are the same, else 1.")]
pub struct DiffArgs {
    /// A session, or one of its turns: NAME, FILE.jsonl, NAME#3
    #[arg(value_name = "A")]
    pub first: String,
    /// Another
    #[arg(value_name = "B")]
    pub second: String,
    /// Prints one JSON object a turn
    #[arg(long)]
    pub json: bool,
}

/// `experiment`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab experiment effusion.toml
  medlab experiment effusion.toml --report effusion.md --full
  medlab experiment effusion.toml --json | jq .comparisons

The file is explained in the documentation of medlab::experiment; sessions/experiments/effusion.toml is an example. Answers are
appended to FILE.results.jsonl: the same command goes on where it was stopped, and asks nothing twice.")]
pub struct ExperimentArgs {
    /// What to ask
    #[arg(value_name = "FILE.toml")]
    pub file: PathBuf,
    /// Where answers are kept [default: beside the experiment, FILE.results.jsonl]
    #[arg(long, value_name = "FILE.jsonl")]
    pub results: Option<PathBuf>,
    /// Writes the report as Markdown, too
    #[arg(long, value_name = "OUT.md")]
    pub report: Option<PathBuf>,
    /// Every answer in the report, not only those that changed
    #[arg(long)]
    pub full: bool,
    /// Prints the report as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `prompts`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab prompts
  medlab prompts localize

Your own are files NAME.toml or NAME.md in $XDG_CONFIG_HOME/medlab/prompts; the documentation of
medlab::library says what is in them, and `medlab prompts NAME --file` prints one to begin with.")]
pub struct PromptsArgs {
    /// Shows this prompt
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// As a file to begin with
    #[arg(long, requires = "name")]
    pub file: bool,
}

/// `inspect`: what the model will get.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab inspect film.png
  medlab inspect slice.dcm --question \"Is there a nodule?\" --ids
  medlab inspect a.png b.png --fit stretch --json
  medlab inspect film.png --pixels pixels.safetensors --logits logits.safetensors
  medlab inspect slice.dcm --header
  medlab inspect ct/ --list-series
  medlab inspect ct/ --values hu.npy")]
pub struct InspectArgs {
    /// Pictures (files, or sample:NAME)
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// The question to put into the prompt
    #[arg(
        long,
        short = 'q',
        value_name = "TEXT",
        default_value = "Describe the picture."
    )]
    pub question: String,
    /// A prior report to put into the prompt, from a text file, maybe with its date; may be repeated
    #[arg(long = "prior", value_name = "[DATE=]FILE")]
    pub priors: Vec<String>,
    /// Prints one JSON object
    #[arg(long)]
    pub json: bool,
    /// Prints every id of the prompt
    #[arg(long)]
    pub ids: bool,
    /// Writes the prepared pictures: `pixels`, f32, `[n, 3, S, S]`
    #[arg(long, value_name = "OUT.safetensors")]
    pub pixels: Option<PathBuf>,
    /// Runs the model and writes `logits`, f32, `[t, vocabulary]`, and `ids`, u32, `[t]`
    #[arg(long, value_name = "OUT.safetensors")]
    pub logits: Option<PathBuf>,
    /// Writes the prepared pictures as the model sees them, side by side
    #[arg(long, value_name = "OUT.png")]
    pub png: Option<PathBuf>,
    /// What is asked about the files alone.
    #[command(flatten)]
    pub about: FileArgs,
}

/// `inspect`, about the files alone: no model runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "About the files alone")]
pub struct FileArgs {
    /// Prints the header of a DICOM file, with what identifies the patient masked, and ends
    #[arg(long)]
    pub header: bool,
    /// Prints the header with what identifies the patient
    #[arg(long, requires = "header")]
    pub phi: bool,
    /// Lists the studies and series in a folder, a DICOMDIR or an archive, and ends
    #[arg(long = "list-series")]
    pub list_series: bool,
    /// Writes the values before any window: `[frames, rows, columns]` f32, or `[…, 3]` u8 for colour, and ends
    #[arg(long, value_name = "OUT.npy")]
    pub values: Option<PathBuf>,
}

/// `view`: just look.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab view chest.dcm
  medlab view ct/ --window lung --slices 40
  medlab view ct/ --plane coronal --slab max:10mm -o coronal.png
  medlab view ct/ --slices every:4 --montage -o sheet.png
  medlab view film.dcm --region 300,400,200,200 --captions -o region.png")]
pub struct ViewArgs {
    /// Pictures: files, folders, DICOMDIR, zip archives, patterns, or sample:NAME
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// Writes a PNG instead of showing it; of several pictures a contact sheet
    #[arg(long, short = 'o', value_name = "OUT.png")]
    pub output: Option<PathBuf>,
    /// A contact sheet of all pictures
    #[arg(long)]
    pub montage: bool,
    /// Pictures in a row of the contact sheet
    #[arg(long, value_name = "N")]
    pub columns: Option<usize>,
    /// Writes window, slice, position and directions into the corners
    #[arg(long)]
    pub captions: bool,
    /// Prints one JSON object a picture: chain, place, statistics of the region
    #[arg(long)]
    pub json: bool,
}

/// `model info`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab model info
  medlab model info --model ~/models/medgemma-4b-it --quant q8
  medlab model info --json")]
pub struct ModelInfoArgs {
    /// Prints one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `bench`: speed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab bench
  medlab bench --quant q8 --repeats 9
  medlab bench --json > bench.json
  medlab bench --imaging ct/*.dcm
  medlab bench --tui --rate 200000 --rtt 50")]
pub struct BenchArgs {
    /// How often to measure; the median is reported
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub repeats: u16,
    /// Prints one JSON object
    #[arg(long)]
    pub json: bool,
    /// Measures how fast these files are decoded, instead of the model
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub imaging: Vec<String>,
    /// The full screen instead.
    #[command(flatten)]
    pub tui: crate::cmd::BenchTui,
}

/// `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab doctor
  MEDLAB_QUANT=q8 medlab doctor --ctx 4096")]
pub struct DoctorArgs {}

/// Settings as flags: the text that was typed, judged in `settings`.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct Flags {
    /// phantom (inside the program), or the folder of a Gemma 3 checkpoint [default: phantom]
    #[arg(long, global = true, value_name = "NAME|DIR")]
    pub model: Option<String>,
    /// Where to compute: auto or cpu [default: auto]
    #[arg(long, global = true, value_name = "DEVICE")]
    pub device: Option<String>,
    /// How weights are kept: none, q8 or q4 [default: none]
    #[arg(long, global = true, value_name = "KIND")]
    pub quant: Option<String>,
    /// Tokens of the context window [default: 2048]
    #[arg(
        long,
        global = true,
        value_name = "TOKENS",
        allow_negative_numbers = true
    )]
    pub ctx: Option<String>,
    /// Same seed, same answer [default: 0]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<String>,
    /// 0 always takes the likeliest token; up to 10 draws more freely [default: 0]
    #[arg(long, global = true, value_name = "T", allow_negative_numbers = true)]
    pub temperature: Option<String>,
    /// Draw among the K likeliest tokens, or off [default: off]
    #[arg(long, global = true, value_name = "K", allow_negative_numbers = true)]
    pub top_k: Option<String>,
    /// Draw among the likeliest tokens up to this probability mass, or off [default: off]
    #[arg(long, global = true, value_name = "P", allow_negative_numbers = true)]
    pub top_p: Option<String>,
    /// Draw among tokens at least this fraction as likely as the likeliest, or off [default: off]
    #[arg(long, global = true, value_name = "P", allow_negative_numbers = true)]
    pub min_p: Option<String>,
    /// Makes tokens already said less likely; 1 is none [default: 1]
    #[arg(long, global = true, value_name = "R", allow_negative_numbers = true)]
    pub repetition_penalty: Option<String>,
    /// At most so many tokens an answer [default: 512]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub max_new_tokens: Option<String>,
    /// System text, read by the model before everything else
    #[arg(long, global = true, value_name = "TEXT")]
    pub system: Option<String>,
    /// The model's thinking: hide, or show it dimmed on standard error [default: hide]
    #[arg(long, global = true, value_name = "WHAT")]
    pub thinking: Option<String>,
    /// Language of answers, notices and help: auto (the question's, the system's), en or zh [default: auto]
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<String>,
    /// How a picture becomes square: pad or stretch [default: pad]
    #[arg(long, global = true, value_name = "HOW")]
    pub fit: Option<String>,
    /// How the terminal shows pictures: auto, kitty, iterm, sixel, blocks, ascii or none [default: auto]
    #[arg(long, global = true, value_name = "HOW")]
    pub graphics: Option<String>,
    /// Colours of the full screen: auto (the terminal's background), dark, light, contrast or none [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "THEME",
        help_heading = "Full screen"
    )]
    pub theme: Option<String>,
    /// Signs of the full screen: auto (the locale's), unicode or ascii [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "SIGNS",
        help_heading = "Full screen"
    )]
    pub symbols: Option<String>,
    /// Whether clicks and the wheel come to the full screen, or the terminal selects text with them [default: on]
    #[arg(
        long,
        global = true,
        value_name = "on|off",
        help_heading = "Full screen"
    )]
    pub mouse: Option<String>,
    /// Grey window of pictures: centre/width as 40/400, lung, bone, brain …, auto, full, `file:2`, rgb [default: the file's]
    #[arg(
        long,
        global = true,
        value_name = "WINDOW",
        help_heading = "Pictures",
        allow_negative_numbers = true,
        allow_hyphen_values = true
    )]
    pub window: Option<String>,
    /// Black for white [default: off]
    #[arg(long, global = true, value_name = "on|off", help_heading = "Pictures", num_args = 0..=1, default_missing_value = "on", require_equals = true)]
    pub invert: Option<String>,
    /// Which series of a folder, from 1 [default: the largest]
    #[arg(long, global = true, value_name = "N", help_heading = "Pictures")]
    pub series: Option<String>,
    /// Slices of a series or volume: 12, 5-9, 5-40/5, every:3, middle, all, published, auto:7 [default: middle]
    #[arg(long, global = true, value_name = "WHICH", help_heading = "Pictures")]
    pub slices: Option<String>,
    /// Point of time of a volume in time, from 1 [default: 1]
    #[arg(long, global = true, value_name = "N", help_heading = "Pictures")]
    pub time: Option<String>,
    /// Cut a volume: axial, coronal or sagittal [default: as acquired]
    #[arg(long, global = true, value_name = "PLANE", help_heading = "Pictures")]
    pub plane: Option<String>,
    /// Several slices as one: mean:5, max:10mm, min:3 [default: off]
    #[arg(long, global = true, value_name = "SLAB", help_heading = "Pictures")]
    pub slab: Option<String>,
    /// A region of each picture: x,y,w,h, ellipse:cx,cy,rx,ry, or box:y0,x0,y1,x1 of 0..1000 [default: off]
    #[arg(
        long,
        global = true,
        value_name = "REGION",
        help_heading = "Pictures",
        allow_negative_numbers = true,
        allow_hyphen_values = true
    )]
    pub region: Option<String>,
    /// The region alone, at source resolution [default: off]
    #[arg(long, global = true, value_name = "on|off", help_heading = "Pictures", num_args = 0..=1, default_missing_value = "on", require_equals = true)]
    pub crop: Option<String>,
    /// Draw the file's overlay planes [default: off]
    #[arg(long, global = true, value_name = "on|off", help_heading = "Pictures", num_args = 0..=1, default_missing_value = "on", require_equals = true)]
    pub overlays: Option<String>,
    /// Send pictures through JPEG, as Google's notebooks do: 1 to 100, or off [default: off]
    #[arg(long, global = true, value_name = "Q", help_heading = "Pictures")]
    pub jpeg_quality: Option<String>,
    /// Where sessions are kept [default: `$XDG_DATA_HOME/medlab/sessions`]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Sessions")]
    pub sessions: Option<String>,
    /// Whether a conversation at a terminal is recorded [default: on]
    #[arg(long, global = true, value_name = "on|off", help_heading = "Sessions", num_args = 0..=1, default_missing_value = "on", require_equals = true)]
    pub record: Option<String>,
    /// Sessions say where pictures lie, not only what they are called [default: off]
    #[arg(long, global = true, value_name = "on|off", help_heading = "Sessions", num_args = 0..=1, default_missing_value = "on", require_equals = true)]
    pub record_paths: Option<String>,
    /// Another settings file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Flags {
    /// The text typed for a setting, by the setting's name.
    pub fn typed(&self, name: &str) -> Option<&str> {
        let flag = match name {
            "model" => &self.model,
            "device" => &self.device,
            "quant" => &self.quant,
            "ctx" => &self.ctx,
            "seed" => &self.seed,
            "temperature" => &self.temperature,
            "top-k" => &self.top_k,
            "top-p" => &self.top_p,
            "min-p" => &self.min_p,
            "repetition-penalty" => &self.repetition_penalty,
            "max-new-tokens" => &self.max_new_tokens,
            "system" => &self.system,
            "thinking" => &self.thinking,
            "lang" => &self.lang,
            "fit" => &self.fit,
            "graphics" => &self.graphics,
            "theme" => &self.theme,
            "symbols" => &self.symbols,
            "mouse" => &self.mouse,
            "sessions" => &self.sessions,
            "record" => &self.record,
            "record-paths" => &self.record_paths,
            "window" => &self.window,
            "invert" => &self.invert,
            "series" => &self.series,
            "slices" => &self.slices,
            "time" => &self.time,
            "plane" => &self.plane,
            "slab" => &self.slab,
            "region" => &self.region,
            "crop" => &self.crop,
            "overlays" => &self.overlays,
            "jpeg-quality" => &self.jpeg_quality,
            _ => return None,
        };
        flag.as_deref()
    }
}
