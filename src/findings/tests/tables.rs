//! Pairs of texts, texts with claims in; differences and verdicts checked against tables.

use super::*;

/// The rows of a table, `\n` made an end of line.
fn rows<const N: usize>(table: &str) -> Vec<[String; N]> {
    let rows = table.lines().filter(|it| !it.starts_with('#'));
    rows.map(|row| {
        let cells: Vec<String> = row.split('\t').map(|it| it.replace("\\n", "\n")).collect();
        cells
            .try_into()
            .unwrap_or_else(|it| panic!("{N} cells, not {it:?}"))
    })
    .collect()
}

#[test]
fn what_differs_is_named_as_the_table_says() {
    let rows = rows::<3>(include_str!("../differences.tsv"));
    assert!(rows.len() > 20);
    for [first, second, expected] in rows {
        let lines: Vec<String> = compare(&first, &second)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(lines.join(" | "), expected, "{first} | {second}");
    }
}

#[test]
fn claims_hold_as_the_table_says() {
    let rows = rows::<4>(include_str!("../claims.tsv"));
    assert!(rows.len() > 50);
    for [text, claim, holds, reason] in rows {
        let verdict = says(&text, &claim);
        let found = (verdict.holds, verdict.reason(Tongue::English));
        assert_eq!(found, (holds == "yes", reason.as_str()), "{text} | {claim}");
        assert!(!verdict.reason(Tongue::Chinese).is_empty());
    }
}

#[test]
fn chinese_sentences() {
    let lines = |a, b| -> Vec<String> {
        let all = compare(a, b);
        all.iter().map(|it| it.sentence(Tongue::Chinese)).collect()
    };
    assert_eq!(
        lines("Right effusion.", "Left effusion."),
        ["侧别互换：胸腔积液，右侧 → 左侧"]
    );
    assert_eq!(
        lines("右侧胸腔积液。", "无胸腔积液。"),
        ["变为否定：右侧胸腔积液 → 无胸腔积液"]
    );
    assert_eq!(
        lines("8 mm nodule.", "12 mm nodule."),
        ["大小：结节，8毫米 → 12毫米"]
    );
    assert_eq!(lines("", "气胸。"), ["新增：气胸"]);
}

#[test]
fn other_words_are_the_same_findings() {
    let same_words = [
        ("No effusion or pneumothorax.", "未见胸腔积液或气胸。"),
        (
            "Bilateral effusions.",
            "There is an effusion on the right and on the left.",
        ),
        ("The heart is not enlarged.", "心影大小正常。"),
        ("1.2 cm nodule in the RUL.", "右肺上叶12毫米结节。"),
        (
            "Moderate right effusion. Impression: a right effusion.",
            "右侧中量胸腔积液。",
        ),
        ("No effusion. No left effusion.", "No pleural effusion."),
        (
            "8 mm and 9 mm: nodule left upper lobe 8 mm; nodule left lower lobe 9 mm. Two left nodules.",
            "nodule left lower lobe 9 mm. nodule left upper lobe 8 mm.",
        ),
        ("Hello.", "你好。"),
    ];
    for (a, b) in same_words {
        assert!(same(a, b), "{a} | {b}: {:?}", compare(a, b));
    }
    assert!(!same("No effusion.", "Effusion."));
}
