//! What Xvfb's screen shows, from the file in which it keeps it: an XWD dump of 32 bits a pixel.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Numbers in the header, which are big-endian whatever the machine is; see `XWDFile.h` of X.Org.
const HEADER_SIZE: usize = 0;
const VERSION: usize = 1;
const WIDTH: usize = 4;
const HEIGHT: usize = 5;
const BYTE_ORDER: usize = 7;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLOURS: usize = 19;
/// Of one entry of the colour map, which lies between the header and the pixels.
const COLOUR_SIZE: usize = 12;
const XWD_VERSION: usize = 7;
const LEAST_SIGNIFICANT_FIRST: usize = 0;
const PIXEL_SIZE: usize = 4;

/// What a screen showed at one moment.
#[derive(PartialEq, Eq)]
pub struct Frame(Vec<u8>);

impl Frame {
    pub fn read(file: &Path) -> Result<Self> {
        std::fs::read(file).map(Self).with_context(|| format!("{} cannot be read", file.display()))
    }

    pub fn png(&self) -> Result<Vec<u8>> {
        png_of(&self.0)
    }
}

fn png_of(dump: &[u8]) -> Result<Vec<u8>> {
    let number = |index: usize| -> Result<usize> {
        let bytes = dump.get(index * 4..index * 4 + 4).context("the dump has no whole header")?;
        Ok(u32::from_be_bytes(bytes.try_into()?) as usize)
    };
    ensure!(number(VERSION)? == XWD_VERSION, "version {} of XWD is not known", number(VERSION)?);
    ensure!(number(BITS_PER_PIXEL)? == PIXEL_SIZE * 8 && number(BYTE_ORDER)? == LEAST_SIGNIFICANT_FIRST);
    let (width, height) = (number(WIDTH)?, number(HEIGHT)?);
    let pixels = dump.get(number(HEADER_SIZE)? + number(COLOURS)? * COLOUR_SIZE..);
    let lines = pixels.context("the dump has no pixels")?.chunks_exact(number(BYTES_PER_LINE)?).take(height);
    let mut colours = Vec::with_capacity(width * height * 3);
    for line in lines {
        for pixel in line.as_chunks::<PIXEL_SIZE>().0.iter().take(width) {
            colours.extend([pixel[2], pixel[1], pixel[0]]);
        }
    }
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colours).context("the dump ends in the middle of the picture")?;
    writer.finish()?;
    Ok(picture)
}
