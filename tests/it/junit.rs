//! The `JUnit` report against what CI servers read.

use medlab::junit::{Case, Outcome, Report, Suite};

fn case(name: &str, outcome: Outcome) -> Case {
    Case {
        name: name.to_owned(),
        class: "sessions.first-look".to_owned(),
        outcome,
        ..Case::default()
    }
}

#[test]
fn a_report_has_what_ci_servers_read() {
    let failed = Outcome::Failed {
        message: "says \"effusion\" <twice> & more".to_owned(),
        detail: "line 1\nline 2 ]]> \u{1b}[31m\r\n未见".to_owned(),
    };
    let broken = Outcome::Broken {
        message: "no\nmodel\there".to_owned(),
        detail: String::new(),
    };
    let report = Report {
        name: "medlab check".to_owned(),
        suites: vec![
            Suite {
                name: "a & b".to_owned(),
                cases: vec![
                    Case {
                        seconds: Some(1.25),
                        ..case("turn 1", Outcome::Passed)
                    },
                    Case {
                        output: "Is there <an> effusion?\0\u{fffe}".to_owned(),
                        seconds: Some(f64::NAN),
                        ..case("turn 2", failed)
                    },
                    case("turn 3", broken),
                    case("turn 4", Outcome::Skipped("no picture".to_owned())),
                ],
            },
            Suite::default(),
        ],
    };
    let mut written = Vec::new();
    report.write(&mut written).unwrap();
    let wanted = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"medlab check\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"1.250\">
  <testsuite name=\"a &amp; b\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"1.250\">
    <testcase name=\"turn 1\" classname=\"sessions.first-look\" time=\"1.250\"/>
    <testcase name=\"turn 2\" classname=\"sessions.first-look\">
      <failure message=\"says &quot;effusion&quot; &lt;twice&gt; &amp; more\">line 1
line 2 ]]&gt; \u{fffd}[31m&#13;
未见</failure>
      <system-out>Is there &lt;an&gt; effusion?\u{fffd}\u{fffd}</system-out>
    </testcase>
    <testcase name=\"turn 3\" classname=\"sessions.first-look\">
      <error message=\"no&#10;model&#9;here\"/>
    </testcase>
    <testcase name=\"turn 4\" classname=\"sessions.first-look\">
      <skipped message=\"no picture\"/>
    </testcase>
  </testsuite>
  <testsuite name=\"\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.000\"/>
</testsuites>
";
    assert_eq!(String::from_utf8(written).unwrap(), wanted);
}

#[test]
fn a_report_of_nothing_is_whole() {
    let wanted = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.000\"/>\n";
    assert_eq!(Report::default().xml(), wanted);
}

#[test]
fn no_character_comes_out_that_xml_cannot_hold() {
    let everything: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
    let report = Report {
        name: everything.clone(),
        suites: vec![Suite {
            name: String::new(),
            cases: vec![Case {
                output: everything,
                ..Case::default()
            }],
        }],
    };
    // XML 1.0, production 2
    let holds = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(report.xml().chars().all(holds));
}
