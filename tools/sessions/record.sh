#!/bin/sh
# Records the sessions in sessions/ anew, by real use of the REPL: MEDLAB=target/release/medlab sh tools/sessions/record.sh
# Questions and pictures are the embedded model's (drawings); times are those of the machine it runs on.
set -eu
medlab=${MEDLAB:-target/release/medlab}
to=${TO:-sessions}
export MEDLAB_CONFIG= LANG=C.UTF-8
unset MEDLAB_CONFIG

record() {
    rm -f "$to/$1.jsonl"
    shift_name=$1
    shift
    "$medlab" repl --session "$to/$shift_name.jsonl" "$@" 2>/dev/null
}

record first-look sample:cxr-effusion <<'END'
/title First look at a film
Describe the picture.
Is there a pleural effusion?
Which side is it on?
Is the heart enlarged?
/note The first question describes, the others go into it: each reads only its own words, the picture is seen once.
END

record prior-current <<'END'
/title What is new since the report of March?
/prior 2024-03-01 Findings: Small right pleural effusion. The heart is not enlarged.
/open sample:cxr-current
What has changed?
Is there a nodule?
/undo
Is there a new nodule?
/retry
END

record region sample:ct-nodule <<'END'
/title A question about a marked region
/region box:500,120,720,360
What is in the marked region?
/use localize nodule
END

record chinese --lang zh sample:cxr-consolidation <<'END'
/title 中文提问
描述这张图片。
有胸腔积液吗?
/use impression
END

record prompts sample:cxr-nodule <<'END'
/title Three ways to ask, and two controls
/use yes-no nodule
/paraphrase 3
/blind
/compare Is there a nodule? | Any nodule? | Describe the picture.
END

record regression sample:cxr-effusion <<'END'
/title A regression case: right effusion, no pneumothorax
Describe the picture.
/expect right pleural effusion
/expect-not pneumothorax
Is there a pneumothorax?
/expect no pneumothorax
/use localize pleural effusion
/expect-box effusion 566,180,760,451 0.7
/verdict good side and place are right
END
