//! An answer in, the boxes that are in it out: none are read yet.
#[derive(Debug)]
pub struct Found {
    pub label: String,
    pub box_2d: [f64; 4],
}
#[derive(Debug)]
pub struct Boxes {
    pub boxes: Vec<Found>,
    pub remarks: Vec<String>,
}
pub fn parse(_: &str) -> Option<Boxes> {
    None
}
