//! Nothing in, the words out that answers are read by: what says yes, no, uncertain, and what only looks so.
//!
//! Words stand in one text with `|` between them, which reads better than a hundred lines.

use super::truth::Verdict;

/// The words of a text with `|` between them.
pub(super) fn each(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split('|')
}

/// What makes a sentence uncertain, wherever it stands.
pub(super) const HEDGES: &str = "cannot be excluded|can't be excluded|cannot exclude|can't exclude|could not be excluded|not excluded|\
        cannot be ruled out|can't be ruled out|cannot rule out|can't rule out|not ruled out|cannot determine|\
        can't determine|cannot be determined|cannot tell|can't tell|cannot say|can't say|cannot assess|\
        cannot be assessed|cannot answer|can't answer|unable to|not possible to|not sure|not certain|\
        not clear whether|uncertain|unclear|indeterminate|equivocal|possible|possibly|perhaps|maybe|may be|\
        might be|may represent|might represent|could be|could represent|questionable|difficult to|hard to|enough information|insufficient|inconclusive|yes or no|不确定|不能确定|无法确定|\
        难以确定|无法判断|不能判断|难以判断|无法评估|难以评估|不清楚|不明确|不好说|不能除外|不除外|不能排除|不排除|无法排除|难以排除|可能|可疑|疑似|待排|也许|或许|信息不足|是或否";

/// What makes a sentence speak of the speaker and not of the picture: a refusal, a missing picture. It says nothing.
pub(super) const REFUSALS: &str = "trained|i only look for|i can only|as an ai|an ai model|i'm an ai|i am an ai|language model|text-only|text-based|i know nothing|\
        no image|no picture|not see an image|not see any image|not see the image|not see a picture|not see any picture|\
        see any attached|provide the image|provide an image|provide a picture|provide me with|please upload|please attach|\
        please provide|please share|open a picture|not been provided|not provided|wasn't provided|was not attached|\
        have access to|view images|view the image|need the image|need to see the image|\
        没有学过|没学过|我只看|我只能|一无所知|没有图像|没有图片|没有影像|未提供|没有提供|没有看到图|未看到图|看不到图|请先|请提供|请上传|演示模型|作为一个|作为人工智能|作为ai|我是一个";

/// Words that deny, wherever they stand.
pub(super) const DENIALS: &str = "no|not|without|absent|absence|negative|none|neither|nor|never|nothing|lacks|lack|lacking|unlikely|cannot|\
        isn't|aren't|wasn't|weren't|doesn't|don't|didn't|can't|free of|free from|ruled out|excluded|resolved|resolution";

/// Words that assert, wherever they stand; denied by what is behind them.
pub(super) const ASSERTIONS: &str = "yes|present|seen|visible|shows|show|showing|demonstrates|demonstrate|reveals|reveal|evident|identified|\
        noted|detected|observed|see|enlarged|dilated|displays|contains|suggests|indicates|there is|there are|\
        there's|there was|there were|there appears|there appear|there seems|there remains|consistent with|compatible with|\
        suggestive of";

/// Pairs of words that begin like a denial or an assertion and are none.
pub(super) const IDLE: &str = "no doubt|no question|no wonder|no change|no prior|no previous|not only|not resolved|without doubt|at present";

/// Words that end the breath in which an assertion is denied.
pub(super) const BREATHS: &str = "but|and|with|although|though|however|while";

/// Words and pairs that deny the assertion before them.
pub(super) const DENYING: &str =
    "no|not|nothing|none|neither|never|without|normal|unremarkable|clear lungs|clear lung";

/// First words, and what they say; the longest that fits counts. `None` says nothing and is skipped.
pub(super) const LEADS: &[(Option<Verdict>, &str)] = &[
    (
        Some(Verdict::Yes),
        "yes|yeah|yep|y|true|correct|affirmative|positive|present|indeed|是的|是|有|对|对的|存在|可见|见|阳性|正确|肯定|的确|确实",
    ),
    (
        Some(Verdict::No),
        "no|nope|n|not|none|nothing|neither|never|false|incorrect|negative|absent|without|definitely not|\
        certainly not|absolutely not|of course not|否|没有|没|无|未|不|非|并非|并无|并未|阴性|不可能",
    ),
    (
        Some(Verdict::Uncertain),
        "uncertain|unclear|unsure|unknown|indeterminate|equivocal|maybe|perhaps|possibly|not sure|not certain|\
        not clear|not possible to|not able to|not applicable|no way to tell|yes and no|yes or no|yes/no|\
        it depends|不确定|不能确定|不能判断|不能排除|不能除外|不除外|不排除|不清楚|不好说|不明确|不一定|没有把握|没法|无法|未知|有可能|有可疑|是或否",
    ),
    (
        None,
        "no doubt|no question|no wonder|no prior|no previous|no comparison|not only|no change|no interval change|\
        no significant change|without doubt|without a doubt|without question|definitely|certainly|absolutely|\
        clearly|of course|是否|是不是|有无|有没有|不仅|不但|不过|无疑|无论|无变化|没有变化|有时|有关|有限|对比|对于|对照|不均匀|非常|见下",
    ),
];

/// Of the cues that assert, those that tell what follows, and what makes that nothing.
pub(super) const TELLING: (&str, &str) = ("显示|提示|发现", "正常|清晰|未|无|没|不");

/// The same in Chinese: what decides at its first place, the longest there; `None` says nothing and is skipped.
pub(super) const CUES: &[(Option<Verdict>, &str)] = &[
    (
        Some(Verdict::Yes),
        "有|存在|可见|见|显示|提示|发现|看到|检出|阳性|明确|增大|扩大|增宽",
    ),
    (
        Some(Verdict::No),
        "不可能|没有|没见|未见|未发现|未显示|未提示|未看到|未检出|未|没|无|不存在|不是|不见|不大|不支持|并不|消失|否|并非|阴性|看不到|看不见|排除",
    ),
    (
        None,
        "是否|有无|有没有|是不是|能否|可否|不仅|不但|无疑|无论|所有|只有|具有|原有|有关|有限|有时|没有变化|无变化|未变化|无明显变化|未消失|常见|意见|显示清|显示良好|显示正常|没问题",
    ),
];
