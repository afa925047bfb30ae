// The live picture: what the board sent, with boxes, keypoints and bones over it.

const OUTSIDE = 60000; // the XIAO prints 655xx for what lies to the left of the frame or above it

export async function draw(canvas, frame, bones, boxIsCorner, classes) {
  const context = canvas.getContext("2d");
  let [width, height] = frame.size || [0, 0];
  if (frame.picture) {
    try {
      const picture = await createImageBitmap(new Blob([frame.picture], { type: "image/jpeg" }));
      [width, height] = frame.size || [picture.width, picture.height];
      fit(canvas, width, height);
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
    } catch (error) {
      return false;
    }
  } else {
    fit(canvas, width || 240, height || 240);
    context.fillStyle = "#222";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  const scale = canvas.width / (width || 240);
  for (const person of frame.people) {
    const [x, y, w, h, score, kind] = person.box;
    const [left, top] = boxIsCorner ? [x, y] : [x - w / 2, y - h / 2];
    context.lineWidth = 2;
    context.strokeStyle = "#ffd23f";
    context.strokeRect(left * scale, top * scale, w * scale, h * scale);
    context.fillStyle = "#ffd23f";
    context.font = "14px sans-serif";
    context.fillText(`${classes[kind] ? `${classes[kind]} ` : ""}${score} %`, left * scale + 4, top * scale + 16);
    drawPoints(context, person.points, bones, scale);
  }
  return true;
}

function drawPoints(context, points, bones, scale) {
  const seen = index => points[index] && points[index][2] >= 50 && points[index][0] < OUTSIDE && points[index][1] < OUTSIDE;
  context.strokeStyle = "#3ddc97";
  for (const [one, other] of bones) {
    if (!seen(one) || !seen(other)) continue;
    context.beginPath();
    context.moveTo(points[one][0] * scale, points[one][1] * scale);
    context.lineTo(points[other][0] * scale, points[other][1] * scale);
    context.stroke();
  }
  context.fillStyle = "#ff5d73";
  points.forEach((point, index) => {
    if (!seen(index)) return;
    context.beginPath();
    context.arc(point[0] * scale, point[1] * scale, 3, 0, 2 * Math.PI);
    context.fill();
  });
}

function fit(canvas, width, height) {
  const scale = Math.max(1, Math.round(480 / width));
  if (canvas.width !== width * scale) canvas.width = width * scale;
  if (canvas.height !== height * scale) canvas.height = height * scale;
}
