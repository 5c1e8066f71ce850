//! Checkpoints with something wrong or unusual in, one sentence or an answer out.

use super::*;

#[test]
fn a_config_that_asks_for_another_graph_is_refused_by_the_key() {
    // The key, what it is in the file, what it becomes, and what the error says.
    for (key, from, to, says) in [
        (
            "rope_type",
            "\"linear\"",
            "\"yarn\"",
            "rope_type is \"yarn\"",
        ),
        ("attention_bias", "false", "true", "attention_bias"),
        ("final_logit_softcapping", "null", "30.0", "softcapping"),
        ("use_bidirectional_attention", "false", "true", "use_bidir"),
        (
            "use_cache",
            "true",
            "true, \"num_experts\": 8",
            "num_experts",
        ),
        (
            "hidden_activation",
            "\"gelu_pytorch_tanh\"",
            "\"silu\"",
            "hidden_activation is \"silu\"",
        ),
        (
            "model_type",
            "\"gemma3\"",
            "\"llama\"",
            "model_type \"llama\"",
        ),
        ("model_type", "\"gemma3\"", "3", "model_type 3"),
        ("num_hidden_layers", "6", "7", "layer_types names 6 layers"),
        ("mm_tokens_per_image", "16", "15", "mm_tokens_per_image 15"),
        (
            "num_key_value_heads",
            "2",
            "3",
            "no multiple of num_key_value_heads 3",
        ),
        ("hidden_size", "48", "-1", "hidden_size is -1"),
        ("head_dim", "20", "\"wide\\u001b[31m\"", "head_dim is"),
    ] {
        let (from, to) = (format!("\"{key}\": {from}"), format!("\"{key}\": {to}"));
        check_config(&from, &to, says);
    }
    check_config(
        "\"full_attention\",",
        "\"chunked_attention\",",
        "chunked_attention",
    );
    check_config(
        "\"rope_type\": \"linear\"",
        "\"rope_type\": \"linear\", \"partial_rotary_factor\": 1.0, \"short_factor\": [2]",
        "short_factor changes the graph",
    );
}

/// `tiny-new` with a change in its config is refused, and the error says this.
#[track_caller]
fn check_config(from: &str, to: &str, says: &str) {
    let folder = copy_of("tiny-new");
    rewrite(&folder.path().join("config.json"), &[(from, to)]);
    let error = load_error(folder.path());
    assert!(error.contains(says), "{to}: {error}");
}

#[test]
fn unknown_keys_that_change_nothing_are_noted() {
    let folder = copy_of("tiny-new");
    rewrite(
        &folder.path().join("config.json"),
        &[(
            "\"use_cache\": true",
            "\"use_cache\": true, \"favourite_colour\": \"blue\"",
        )],
    );
    let engine = started(folder.path(), Quant::None);
    assert_eq!(
        engine.loaded().config.notes,
        ["config.json: text_config.favourite_colour is not known and was ignored"]
    );
}

#[test]
fn broken_files_are_named() {
    let check = |file: &str, change: &dyn Fn(&Path), says: &str| {
        let folder = copy_of("tiny-new");
        change(&folder.path().join(file));
        let error = load_error(folder.path());
        assert!(error.contains(says), "{file}: {error}");
    };
    let cut = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let empty = |path: &Path| std::fs::write(path, "").unwrap();
    check(
        "model.safetensors",
        &cut,
        "model.safetensors is not a whole .safetensors file",
    );
    check("model.safetensors", &remove, "model.safetensors");
    check("config.json", &cut, "config.json is not a JSON object");
    check("config.json", &remove, "config.json");
    check("tokenizer.json", &cut, "tokenizer.json");
    check("tokenizer.json", &remove, "tokenizer.json");
    check("generation_config.json", &cut, "generation_config.json");
    check("preprocessor_config.json", &cut, "preprocessor_config.json");
    check("model.safetensors", &empty, "model.safetensors");
    assert!(load_error(Path::new("/no/such/folder")).contains("is not a folder"));
    let shards = copy_of("tiny-old");
    remove(&shards.path().join("model-00002-of-00002.safetensors"));
    assert!(load_error(shards.path()).contains("model-00002-of-00002.safetensors"));
    let index = copy_of("tiny-old");
    std::fs::write(
        index.path().join("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"../b\"}}",
    )
    .unwrap();
    assert!(load_error(index.path()).contains("a file of the same folder"));
}

/// A tensor to write: its name, how it is stored, its shape, its bytes.
type Written = (String, Dtype, Vec<usize>, Vec<u8>);

/// Rewrites a checkpoint's tensors, one by one: name, dtype, shape, bytes.
fn retensor(folder: &Path, change: impl Fn(&str, &TensorView<'_>) -> Vec<Written>) {
    let path = folder.join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let changed: Vec<_> = tensors
        .iter()
        .flat_map(|(name, view)| change(name, &view))
        .collect();
    let views = changed.iter().map(|(name, dtype, shape, data)| {
        (
            name.clone(),
            TensorView::new(*dtype, shape.clone(), data).unwrap(),
        )
    });
    serialize_to_file(views.collect::<Vec<_>>(), None, &path).unwrap();
}

fn same(name: &str, view: &TensorView<'_>) -> Written {
    (
        name.to_owned(),
        view.dtype(),
        view.shape().to_vec(),
        view.data().to_vec(),
    )
}

#[test]
fn missing_superfluous_and_misshapen_tensors_are_named() {
    let check = |change: &dyn Fn(&str, &TensorView<'_>) -> Vec<Written>, says: &[&str]| {
        let folder = copy_of("tiny-new");
        retensor(folder.path(), change);
        let error = load_error(folder.path());
        assert!(says.iter().all(|says| error.contains(says)), "{error}");
    };
    let norm = "layers.3.self_attn.q_norm.weight";
    check(
        &|name, view| {
            if name.ends_with(norm) {
                vec![]
            } else {
                vec![same(name, view)]
            }
        },
        &[norm, "missing"],
    );
    check(
        &|name, view| {
            let mut tensors = vec![same(name, view)];
            if name.ends_with(norm) {
                tensors.push((
                    name.replace("q_norm", "extra_norm"),
                    view.dtype(),
                    view.shape().to_vec(),
                    view.data().to_vec(),
                ));
            }
            tensors
        },
        &["layers.3.self_attn.extra_norm.weight", "no place for"],
    );
    check(
        &|name, view| {
            let (name, dtype, shape, data) = same(name, view);
            let half = |shape: &[usize]| vec![shape[0] / 2];
            if name.ends_with(norm) {
                vec![(name, dtype, half(&shape), data[..data.len() / 2].to_vec())]
            } else {
                vec![(name, dtype, shape, data)]
            }
        },
        &[norm, "shape [10], expected [20]"],
    );
    check(
        &|name, view| {
            let (name, _, shape, data) = same(name, view);
            if name.ends_with(norm) {
                vec![(name, Dtype::I32, shape, data)]
            } else {
                vec![(name, view.dtype(), shape, data)]
            }
        },
        &[norm, "expected BF16, F16 or F32"],
    );
}

#[test]
fn weights_that_are_no_numbers_fail_an_answer_and_not_the_engine() {
    let folder = copy_of("tiny-new");
    retensor(folder.path(), |name, view| {
        let (name, dtype, shape, mut data) = same(name, view);
        if name.ends_with("layers.0.input_layernorm.weight") {
            data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        vec![(name, dtype, shape, data)]
    });
    let engine = started(folder.path(), Quant::None);
    let prompt = prompt(&engine, &[Part::Words(4, 1)]);
    for _ in 0..2 {
        assert!(failed(engine.ask(job(&prompt, &[], 3))).contains("no numbers"));
    }
}

#[test]
fn a_checkpoint_without_a_tower_reads_and_says_that_it_cannot_see() {
    let folder = copy_of("tiny-new");
    retensor(folder.path(), |name, view| {
        if name.contains("vision") || name.contains("projector") {
            vec![]
        } else {
            vec![same(name, view)]
        }
    });
    let engine = started(folder.path(), Quant::None);
    let whole = start("tiny-new");
    let words = prompt(&whole, &[Part::Words(9, 1)]);
    assert_eq!(
        said(engine.ask(job(&words, &[], 3))).0.ids,
        said(whole.ask(job(&words, &[], 3))).0.ids
    );
    let (prompt, pictures) = one_picture(&whole);
    assert!(failed(engine.ask(job(&prompt, &pictures, 3))).contains("no vision tower"));
}

#[test]
fn half_precision_weights_load() {
    let (halves, wide) = (copy_of("tiny-new"), copy_of("tiny-new"));
    retensor(halves.path(), |name, view| {
        let (name, _, shape, _) = same(name, view);
        let (dtype, bits): (_, fn(f32) -> u32) = if name.contains("mlp") {
            (Dtype::F16, half)
        } else {
            (Dtype::BF16, |x| x.to_bits() >> 16)
        };
        let bits = coarse(view).map(|x| u16::try_from(bits(x)).unwrap());
        let data = bits.flat_map(u16::to_le_bytes).collect();
        vec![(name, dtype, shape, data)]
    });
    retensor(wide.path(), |name, view| {
        let (name, _, shape, _) = same(name, view);
        let data = coarse(view).flat_map(f32::to_le_bytes).collect();
        vec![(name, Dtype::F32, shape, data)]
    });
    let (half, wide) = (
        started(halves.path(), Quant::None),
        started(wide.path(), Quant::None),
    );
    let (prompt, pictures) = one_picture(&wide);
    let error = relative_error(
        &half.logits(prompt.clone(), pictures.clone()).unwrap(),
        &wide.logits(prompt, pictures).unwrap(),
    );
    assert!(
        error < 1e-5,
        "the same numbers in 16 and in 32 bits: {error}"
    );
}

/// The numbers of an f32 tensor, rounded so far that both 16-bit formats hold them: six bits of fraction, and nothing
/// below f16's smallest normal number.
fn coarse(view: &TensorView<'_>) -> impl Iterator<Item = f32> {
    let bytes = view.data().as_chunks::<4>().0.iter();
    let numbers = bytes.map(|b| f32::from_le_bytes(*b));
    numbers.map(|x| {
        if x.abs() < 1e-3 {
            0.0
        } else {
            f32::from_bits(x.to_bits() & 0xfffe_0000)
        }
    })
}

/// The bits of a coarse number in IEEE half precision.
fn half(x: f32) -> u32 {
    let bits = x.to_bits();
    let sign = (bits >> 16) & 0x8000;
    if x == 0.0 {
        sign
    } else {
        sign | ((((bits >> 23) & 0xff) - 112) << 10) | ((bits >> 13) & 0x3ff)
    }
}
