//! Files of cases: CSV and JSON lines say the same, problems name their line.

use medlab::experiment::Case;
use medlab::experiment::file::parse;

use super::Files;

fn of(name: &'static str, text: &str) -> Result<Vec<Case>, String> {
    let mut files = Files::default();
    files.0.insert(name, text.to_owned());
    files.0.insert("old.txt", "Small effusion.".to_owned());
    let toml = format!("cases_from = {name:?}\n[[variant]]\nname = 'a'\ntext = 'b'\n");
    let read = parse(&toml, &files).map_err(|it| it.to_string())?;
    Ok(read.cases)
}

#[test]
fn csv_and_json_lines_say_what_a_case_says() {
    let csv = "\u{feff}name,pictures,var.finding,answer,says,not,window,prior_file,#age,boxes\r\n\
               one,a.png; b.png,\"a small, left effusion\",yes,x;y,z,lung,old.txt,63,\"[{\"\"label\"\":\"\"n\"\",\"\"box\"\":[0,1,2,3]}]\"\r\n\
               ,c.png,,,,,,,,\r\n";
    let json = r#"{"name":"one","pictures":["a.png","b.png"],"vars":{"finding":"a small, left effusion"},"window":"lung","prior_file":"old.txt","expect":{"answer":"yes","says":["x","y"],"not":"z","boxes":[{"label":"n","box":[0,1,2,3]}]}}

{"pictures":"c.png"}"#;
    let from_csv = of("cases.csv", csv).unwrap();
    assert_eq!(from_csv, of("cases.jsonl", json).unwrap());
    assert_eq!(from_csv[0].priors, ["Small effusion."]);
    assert_eq!(from_csv[1].name, "case 2");
}

#[track_caller]
fn refused(name: &'static str, text: &str, problem: &str) {
    assert_eq!(of(name, text).unwrap_err(), problem);
}

#[test]
fn problems_name_their_file_and_line() {
    refused(
        "c.csv",
        "",
        "c.csv: line 1: the file is empty; its first line names the columns",
    );
    refused(
        "c.csv",
        "picture\na",
        "c.csv: line 1: there is no column \"picture\"; did you mean pictures?",
    );
    refused(
        "c.csv",
        "pictures,birthday\na,b",
        "c.csv: line 1: there is no column \"birthday\"; write var.birthday for a variable, #birthday for a note",
    );
    refused(
        "c.csv",
        "pictures,pictures\n",
        "c.csv: line 1: the column \"pictures\" stands there twice",
    );
    refused(
        "c.csv",
        "pictures,text\na,b,c",
        "c.csv: line 2: this row has 3 fields and the heading 2; put quotes around a field with a comma in it",
    );
    refused(
        "c.csv",
        "name,pictures\nx,\n",
        "c.csv: line 2: case \"x\" has no pictures; give pictures = [\"…\"], or pictures = [] to ask without one",
    );
    refused(
        "c.csv",
        "pictures,expect,says\na,yes,b",
        "c.csv: line 2: this row has both expect and says; give one of them",
    );
    refused(
        "c.csv",
        "name,pictures\nx,a\nx,b",
        "c.csv: line 3: two cases are called \"x\"; give each a name of its own",
    );
    refused(
        "c.jsonl",
        "{\"pictures\":\"a\"}\n{",
        "c.jsonl: line 2: this line is not JSON: EOF while parsing an object at line 1 column 1",
    );
    refused(
        "c.jsonl",
        "[1]",
        "c.jsonl: line 1: case 1 is a list; give a table",
    );
    refused(
        "c.jsonl",
        "{\"pictures\":\"a\",\"expects\":\"yes\"}",
        "c.jsonl: line 1: case 1 has no \"expects\"; did you mean expect?",
    );
    let many = "pictures\n".to_owned() + &"a\n".repeat(10_001);
    refused("c.csv", &many, "c.csv: line 10002: more than 10000 cases");
}
