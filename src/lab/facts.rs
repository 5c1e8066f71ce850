//! An open picture in, what may be written of it out: everything but its pixels and its patient.

use serde_json::{Map, Value, json};

use super::Opened;
use crate::engine::{Loaded, Quant};
use crate::imaging::caption::Edges;
use crate::imaging::statistics::{Found, Measured, Statistics};
use crate::imaging::window::Function;
use crate::imaging::{Format, Picture};
use crate::preprocess::Fit;
use crate::session::v1::{Model, Shown};

/// As a session records it.
pub fn shown(opened: &Opened) -> Shown {
    let mut facts = match picture_json(opened) {
        Value::Object(facts) => facts,
        _ => Map::new(),
    };
    // these have fields of their own
    for named in [
        "format",
        "file_sha256",
        "pixels_sha256",
        "fit",
        "view",
        "id",
        "role",
    ] {
        facts.remove(named);
    }
    facts.retain(|_, value| !value.is_null());
    let (origin, prepared) = (&opened.picture.origin, &opened.prepared);
    let view = opened.picture.view.iter();
    Shown {
        id: opened.id,
        format: format_name(origin.format).to_owned(),
        file_sha256: origin.sha256.clone(),
        pixels_sha256: prepared.sha256.clone(),
        fit: fit_name(prepared.fit).to_owned(),
        role: opened.role.clone(),
        view: view
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        facts,
    }
}

/// The model, as a session records it.
pub fn model(loaded: &Loaded) -> Model {
    Model {
        name: loaded.name.clone(),
        sha256: loaded.sha256.clone(),
        tokenizer_sha256: loaded.tokenizer.sha256().to_owned(),
        quant: quant_name(loaded.quant).to_owned(),
        device: loaded.device.clone(),
        threads: rayon::current_num_threads(),
        image_size: loaded.preprocess.size,
    }
}

/// Everything about a picture in use but its pixels.
pub fn picture_json(opened: &Opened) -> Value {
    let mut object = picture_facts(&opened.picture);
    object["pixels_sha256"] = json!(opened.prepared.sha256);
    object["fit"] = json!(fit_name(opened.prepared.fit));
    object["chain"] = json!(opened.chain());
    object
}

/// What is known of a picture before it is fitted to a model. Nothing in it names a patient.
pub fn picture_facts(picture: &Picture) -> Value {
    let (origin, place) = (&picture.origin, &picture.place);
    let view: serde_json::Map<String, Value> = picture
        .view
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({
        "name": origin.name,
        "format": format_name(origin.format),
        "file_sha256": origin.sha256,
        "width": picture.width,
        "height": picture.height,
        "modality": picture.modality,
        "frame": origin.frame,
        "frames": picture.slice.map(|(_, of)| of),
        "label": picture.label,
        "window": origin.window.map(|it| json!({
            "center": it.center,
            "width": it.width,
            "function": function_name(it.function),
        })),
        "spacing_mm": place.spacing_mm,
        "spacing_at_detector": place.at_detector,
        "edges": Edges::of(place).map(|it| json!({
            "left": it.left, "right": it.right, "top": it.top, "bottom": it.bottom,
        })),
        "laterality": place.laterality,
        "view": view,
        "region": picture.region.map(|it| it.to_string()),
        "statistics": picture.measured.as_ref().map(statistics),
        "cropped": picture.cropped.map(|it| [it.x0, it.y0, it.width(), it.height()]),
        "chain": origin.chain,
    })
}

fn function_name(function: Function) -> &'static str {
    match function {
        Function::Linear => "LINEAR",
        Function::LinearExact => "LINEAR_EXACT",
        Function::Sigmoid => "SIGMOID",
    }
}

fn statistics(measured: &Measured) -> Value {
    let one = |it: &Statistics| {
        json!({
            "n": it.n, "mean": it.mean, "sd": it.sd, "min": it.min, "median": it.median, "max": it.max,
        })
    };
    let values = match &measured.values {
        Found::Grey(grey) => json!(grey.as_ref().map(one)),
        Found::Rgb(channels) => json!(channels.iter().map(one).collect::<Vec<_>>()),
    };
    json!({
        "pixels": measured.pixels,
        "area_mm2": measured.area_mm2,
        "unit": measured.unit,
        "values": values,
    })
}

/// The name of a way to keep weights, as `--quant` takes it.
pub fn quant_name(quant: Quant) -> &'static str {
    match quant {
        Quant::None => "none",
        Quant::Q8 => "q8",
        Quant::Q4 => "q4",
    }
}

/// The name of what a file's bytes were.
pub fn format_name(format: Format) -> &'static str {
    match format {
        Format::Sample => "sample",
        Format::Png => "png",
        Format::Jpeg => "jpeg",
        Format::Tiff => "tiff",
        Format::WebP => "webp",
        Format::Bmp => "bmp",
        Format::Gif => "gif",
        Format::Dicom => "dicom",
        Format::Nifti => "nifti",
    }
}

/// The name of a way to become square, as `--fit` takes it.
pub fn fit_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Pad => "pad",
        Fit::Stretch => "stretch",
    }
}
