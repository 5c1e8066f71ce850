//! Checkpoints with something wrong or unusual in, one sentence or an answer out.

use super::*;

#[test]
fn a_config_that_asks_for_another_graph_is_refused_by_the_key() {
    let check = |from: &str, to: &str, says: &str| {
        let folder = copy_of("tiny-new");
        rewrite(&folder.path().join("config.json"), &[(from, to)]);
        let error = load_error(folder.path());
        assert!(error.contains(says), "{to}: {error}");
    };
    check(
        "\"rope_type\": \"linear\"",
        "\"rope_type\": \"yarn\"",
        "rope_type is \"yarn\"",
    );
    check(
        "\"attention_bias\": false",
        "\"attention_bias\": true",
        "attention_bias",
    );
    check(
        "\"final_logit_softcapping\": null",
        "\"final_logit_softcapping\": 30.0",
        "final_logit_softcapping",
    );
    check(
        "\"use_bidirectional_attention\": false",
        "\"use_bidirectional_attention\": true",
        "use_bidirectional_attention",
    );
    check("\"use_cache\": true", "\"num_experts\": 8", "num_experts");
    check(
        "\"hidden_activation\": \"gelu_pytorch_tanh\"",
        "\"hidden_activation\": \"silu\"",
        "hidden_activation is \"silu\"",
    );
    check(
        "\"model_type\": \"gemma3\"",
        "\"model_type\": \"llama\"",
        "model_type \"llama\"",
    );
    check(
        "\"full_attention\",",
        "\"chunked_attention\",",
        "chunked_attention",
    );
    check(
        "\"num_hidden_layers\": 6",
        "\"num_hidden_layers\": 7",
        "layer_types names 6 layers",
    );
    check(
        "\"mm_tokens_per_image\": 16",
        "\"mm_tokens_per_image\": 15",
        "mm_tokens_per_image 15",
    );
    check(
        "\"num_key_value_heads\": 2",
        "\"num_key_value_heads\": 3",
        "no multiple of num_key_value_heads 3",
    );
    check(
        "\"hidden_size\": 48",
        "\"hidden_size\": -1",
        "hidden_size is -1",
    );
    check(
        "\"head_dim\": 20",
        "\"head_dim\": \"wide\\u001b[31m\"",
        "head_dim is",
    );
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

/// Rewrites a checkpoint's tensors, one by one: name, dtype, shape, bytes.
fn retensor(
    folder: &Path,
    change: impl Fn(&str, &TensorView<'_>) -> Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
) {
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

fn same(name: &str, view: &TensorView<'_>) -> (String, Dtype, Vec<usize>, Vec<u8>) {
    (
        name.to_owned(),
        view.dtype(),
        view.shape().to_vec(),
        view.data().to_vec(),
    )
}

#[test]
fn missing_superfluous_and_misshapen_tensors_are_named() {
    let check =
        |change: &dyn Fn(&str, &TensorView<'_>) -> Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
         says: &[&str]| {
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
    let folder = copy_of("tiny-new");
    retensor(folder.path(), |name, view| {
        let numbers = view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b));
        // Rounded so far that both formats hold it: six bits of fraction, and nothing below f16's smallest normal number.
        let rounded = numbers.map(|x| {
            if x.abs() < 1e-3 {
                0.0
            } else {
                f32::from_bits(x.to_bits() & 0xfffe_0000)
            }
        });
        let half = |x: f32| {
            let bits = x.to_bits();
            let sign = (bits >> 16) & 0x8000;
            if x == 0.0 {
                sign
            } else {
                sign | ((((bits >> 23) & 0xff) - 112) << 10) | ((bits >> 13) & 0x3ff)
            }
        };
        let f16 = name.contains("mlp");
        let bits = |x: f32| if f16 { half(x) } else { x.to_bits() >> 16 };
        let data = rounded
            .flat_map(|x| u16::try_from(bits(x)).unwrap().to_le_bytes())
            .collect();
        vec![(
            name.to_owned(),
            if f16 { Dtype::F16 } else { Dtype::BF16 },
            view.shape().to_vec(),
            data,
        )]
    });
    let wide = copy_of("tiny-new");
    retensor(wide.path(), |name, view| {
        let numbers = view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b));
        let rounded = numbers.map(|x| {
            if x.abs() < 1e-3 {
                0.0
            } else {
                f32::from_bits(x.to_bits() & 0xfffe_0000)
            }
        });
        vec![(
            name.to_owned(),
            Dtype::F32,
            view.shape().to_vec(),
            rounded.flat_map(f32::to_le_bytes).collect(),
        )]
    });
    let (half, wide) = (
        started(folder.path(), Quant::None),
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
