//! Prints what `examine` makes of a message: `cargo run --example show -- FILE`.

fn main() {
    for path in std::env::args().skip(1) {
        let raw = std::fs::read(&path).expect("FILE cannot be read");
        println!("{:#?}", outfall_message::examine(&raw));
    }
}
